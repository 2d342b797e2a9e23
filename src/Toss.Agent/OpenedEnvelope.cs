using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// An envelope after stage 10: opened on a copy of its session, which <see cref="ArrivalStep"/> stores, or not opened. It
/// holds its peer's lock until disposed.
/// </summary>
internal sealed class OpenedEnvelope : IDisposable
{
    private IDisposable? _held;

    private OpenedEnvelope(string status) => Status = status;

    /// <summary>For trace and log.</summary>
    public string Status { get; }

    public DeviceId? Peer { get; private init; }

    public EnvelopeHash? Hash { get; private init; }

    public MessageId? Message { get; private init; }

    /// <summary>Set exactly if the envelope opened.</summary>
    public EnvelopePlaintext? Plaintext { get; private init; }

    /// <summary>The advanced copy, to be stored.</summary>
    public PeerSessions? Sessions { get; private init; }

    public ulong SessionsVersion { get; private init; }

    /// <summary>What the handshake's introduction adds to the circle, if the peer was not known with it.</summary>
    public IntroducedPeer? Introduced { get; private init; }

    /// <summary>Set if it came from the inviter that this device, as a joiner, waits for.</summary>
    public CircleState? PendingCircle { get; private init; }

    /// <summary>The clip inside, checked; null if there is none or it is malformed.</summary>
    public Clip? Clip { get; private init; }

    public ClipId? ClipId => Clip?.Id;

    /// <summary>Set if its hash was seen before: its receipt is repeated, and what did not end is done again.</summary>
    public ReceivedRecord? Before { get; private init; }

    /// <summary>True if its sender was a member once: only its Revokes count, and no session with it is kept.</summary>
    public bool IsFarewell { get; private init; }

    public static OpenedEnvelope Farewell(DeviceId peer, EnvelopeHash hash, EnvelopePlaintext plaintext) =>
        new("Farewell")
        {
            Peer = peer,
            Hash = hash,
            Plaintext = plaintext,
            IsFarewell = true,
        };

    public static OpenedEnvelope NotOpened(string status) => new(status);

    public static OpenedEnvelope Repeated(ReceivedRecord before) =>
        new("Repeated")
        {
            Peer = before.Peer,
            Message = before.Message,
            Before = before,
        };

    public static OpenedEnvelope Opened(
        DeviceId peer,
        EnvelopeHash hash,
        MessageId message,
        EnvelopePlaintext plaintext,
        PeerSessions sessions,
        ulong sessionsVersion,
        IntroducedPeer? introduced,
        CircleState? pendingCircle,
        Clip? clip,
        IDisposable held
    ) =>
        new("Opened")
        {
            Peer = peer,
            Hash = hash,
            Message = message,
            Plaintext = plaintext,
            Sessions = sessions,
            SessionsVersion = sessionsVersion,
            Introduced = introduced,
            PendingCircle = pendingCircle,
            Clip = clip,
            _held = held,
        };

    /// <summary>Lets the next step with this peer go on; the sessions are stored by now.</summary>
    public void Release()
    {
        _held?.Dispose();
        _held = null;
    }

    public void Dispose()
    {
        Release();
        Sessions?.Dispose();
    }
}

/// <summary>A newcomer's Card and the Adds that make it a member.</summary>
internal sealed record IntroducedPeer(DeviceCard Card, IReadOnlyList<Signed> Adds);
