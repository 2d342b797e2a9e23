using Microsoft.Extensions.Logging;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// The way in of a clip: stages 9 to 12. An envelope is acknowledged when everything it does is durable; what the disk
/// refuses stays unacknowledged and is tried again. The other half of the path is <see cref="Outbound"/>.
/// </summary>
internal sealed class Inbound(
    AgentPorts ports,
    OpenStep opening,
    ArrivalStep arrival,
    ClipApplier applier,
    BlobServing serving,
    ReceiptSender receipts,
    PeerPresence presence,
    CircleKeeper circle,
    Stages stages
)
{
    /// <summary>Between tries of an envelope that the disk refused.</summary>
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = ports.Logs.CreateLogger<Inbound>();

    /// <summary>Set while the disk refuses what comes in; for `toss status`.</summary>
    public WarningReport? Warning { get; private set; }

    /// <summary>Takes in what the network brings, in its order, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var happened in ports.Network.Events.EachAsync(cancellation))
        {
            if (happened is ReceivedEnvelope received)
            {
                await ReceiveAsync(received, cancellation);
            }
            else if (happened is BlobWanted wanted)
            {
                serving.Serve(wanted, cancellation);
            }
            else
            {
                presence.Handle(happened);
            }
        }
    }

    private async ValueTask ReceiveAsync(ReceivedEnvelope received, CancellationToken cancellation)
    {
        // Stages 9 to 11 until they are durable; 12 is tried by itself: what is stored would be a repetition.
        var (opened, effect) = await UntilStoredAsync(() => TakeInAsync(received, cancellation), cancellation);
        using (opened)
        {
            await UntilStoredAsync(() => ApplyAsync(opened, effect, cancellation), cancellation);
        }
    }

    private async ValueTask<T> UntilStoredAsync<T>(Func<ValueTask<T>> work, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var done = await work();
                Warning = null;
                return done;
            }
            catch (StoreException failure)
            {
                Warning = new WarningReport(
                    WarningCodes.NotStored,
                    $"What peers send cannot be stored: {failure.Message}"
                );
                _log.NotStored(failure.Failure.ToString(), failure);
                await Task.Delay(StoreRetry, ports.Time, cancellation);
            }
        }
    }

    private async ValueTask<(OpenedEnvelope, ArrivalEffect)> TakeInAsync(
        ReceivedEnvelope received,
        CancellationToken cancellation
    )
    {
        // 9. Receive: a whole envelope, of which only the outside is known.
        var receive = stages.Begin(Stages.Receive);
        receive.Note = $"{received.Envelope.Length} bytes, {(received.Via is null ? "link" : "relay")}";

        // 10. Open: authentic, fresh, for us; on a copy of the session, nothing is stored yet.
        var open = stages.Begin(Stages.Open);
        var opened = await opening.OpenAsync(received.Envelope, cancellation);
        open.Clip = receive.Clip = opened.ClipId;
        open.Note = opened.Status;
        open.Dispose();
        receive.Dispose();

        try
        {
            // 11. Accept: decide, and commit session, effect, envelope hash and receipt as one transaction.
            var accept = stages.Begin(Stages.Accept, opened.ClipId);
            var effect = await arrival.CommitAsync(opened, cancellation);
            accept.Note = effect.Verdict;
            accept.Dispose();
            ports.Network.Acknowledge(received);
            return (opened, effect);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private async ValueTask<bool> ApplyAsync(
        OpenedEnvelope opened,
        ArrivalEffect effect,
        CancellationToken cancellation
    )
    {
        // 12. Apply: put it on the clipboard, and remember not to send it back. Large clips are fetched first.
        if (effect.Clip is { } clip)
        {
            await applier.ApplyAsync(clip, opened.Peer!.Value, opened.Message!.Value, effect.Apply, cancellation);
        }
        if (opened.Peer is { } peer)
        {
            presence.Seen(peer);
            await circle.ConfirmAsync(peer, cancellation);
            receipts.Wake(peer);
        }
        return true;
    }
}
