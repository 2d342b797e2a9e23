using System.Threading.Channels;
using Toss.Agent;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>Puts one bug between a device and its ports.</summary>
public static class PlantedPorts
{
    /// <summary>
    /// How long a world with a bug may take to agree: all of what it may take without one costs a minute of work a bug.
    /// Most seeds agree sooner; those that do not prove nothing.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Before the device starts; in each of its lives.</summary>
    public static void Plant(SimDevice device, PlantedFault fault)
    {
        if (fault == PlantedFault.EchoFilterOff)
        {
            device.EchoAfter = TimeSpan.FromSeconds(11);
        }
        device.Plant = ports => Around(ports, fault, device.Name);
    }

    private static AgentPorts Around(AgentPorts ports, PlantedFault fault, string name) =>
        ports with
        {
            Store = PlantedStore.Around(ports.Store, fault),
            Network = Interposed<IPeerNetwork>.Between(ports.Network, Network(ports.Network, fault)),
            Blobs = Interposed<IBlobStore>.Between(ports.Blobs, Blobs(fault)),
            Clipboard = Interposed<IClipboard>.Between(ports.Clipboard, Clipboard(fault)),
            Time = fault is PlantedFault.WallClockForDurations or PlantedFault.ClockStopped or PlantedFault.TimersLost
                ? new Clock(ports.Time, fault)
                : ports.Time,
            Random =
                fault == PlantedFault.RandomnessRepeats
                    ? new SeededRandomSource((ulong)name.Sum(letter => letter))
                    : ports.Random,
        };

    private static Interposition Network(IPeerNetwork network, PlantedFault fault) =>
        (call, arguments, goOn) =>
            (fault, call) switch
            {
                (PlantedFault.AcceptedEarly, nameof(IPeerNetwork.SendAsync))
                    when network.PathTo((DeviceId)arguments[0]!) is null => PortAnswer.Of(
                    new SendResult(SendStatus.Accepted)
                ),
                (PlantedFault.BlobStoredEarly, nameof(IPeerNetwork.StoreBlobAsync)) => PortAnswer.Of(
                    new BlobTransferResult(BlobTransferStatus.Done)
                ),
                (PlantedFault.AcknowledgedEarly or PlantedFault.PresenceLost, "get_Events") => new Reader(
                    network,
                    fault
                ),
                _ => goOn(),
            };

    private static Interposition Blobs(PlantedFault fault) =>
        (call, _, goOn) =>
            (fault, call) switch
            {
                (PlantedFault.BlobsNotWritten, nameof(IBlobStore.ReadChunksAsync)) => PortAnswer.Of(0),
                _ => goOn(),
            };

    private static Interposition Clipboard(PlantedFault fault) =>
        (call, _, goOn) =>
        {
            switch (fault, call)
            {
                case (PlantedFault.ClipboardNotWritten, nameof(IClipboard.ApplyAsync)):
                    return PortAnswer.Of(ApplyOutcome.Applied);
                case (PlantedFault.ClipboardWrittenTwice, nameof(IClipboard.ApplyAsync)):
                    goOn();
                    break;
            }
            return goOn();
        };

    /// <summary>What the network says, with one bug.</summary>
    private sealed class Reader(IPeerNetwork network, PlantedFault fault) : ChannelReader<NetworkEvent>
    {
        private readonly ChannelReader<NetworkEvent> _events = network.Events;

        public override bool TryRead(out NetworkEvent item)
        {
            while (_events.TryRead(out item!))
            {
                if (fault == PlantedFault.PresenceLost && item is PresenceChanged)
                {
                    continue;
                }
                if (fault == PlantedFault.AcknowledgedEarly && item is ReceivedEnvelope received)
                {
                    network.Acknowledge(received);
                }
                return true;
            }
            return false;
        }

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
            _events.WaitToReadAsync(cancellationToken);
    }

    private sealed class Clock(TimeProvider time, PlantedFault fault) : TimeProvider
    {
        private readonly DateTimeOffset _start = time.GetUtcNow();

        public override long TimestampFrequency => time.TimestampFrequency;

        public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

        public override DateTimeOffset GetUtcNow() => fault == PlantedFault.ClockStopped ? _start : time.GetUtcNow();

        public override long GetTimestamp() =>
            fault == PlantedFault.WallClockForDurations ? time.GetUtcNow().Ticks : time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(
                callback,
                state,
                fault == PlantedFault.TimersLost && dueTime > TimeSpan.FromSeconds(30)
                    ? Timeout.InfiniteTimeSpan
                    : dueTime,
                period
            );
    }
}
