using Toss.Wire;
using Toss.Wire.Circuits;

namespace Toss.Transport.Relay;

/// <summary>What a <see cref="RelaySession"/> has to say, in order.</summary>
public abstract record RelayEvent;

/// <summary>Logged in; requests may be made.</summary>
public sealed record RelayLoggedIn(uint Version) : RelayEvent;

/// <summary>The answer to a request. <paramref name="Payload"/> is the slot or the blob's chunk, where one was asked for.</summary>
public sealed record RelayAnswered(
    ulong Request,
    RelayAnswer Answer,
    TimeSpan? RetryAfter,
    ReadOnlyMemory<byte> Payload
) : RelayEvent
{
    /// <summary>How many chunks of a blob are there, from the first on, where that was asked.</summary>
    public int Chunks { get; init; }
}

/// <summary>An envelope for this mailbox. Sequence 0 is not kept at the relay and is not acknowledged.</summary>
public sealed record RelayEnvelopeArrived(ulong Sequence, MailboxId From, ReadOnlyMemory<byte> Envelope) : RelayEvent;

public sealed record RelayPresenceChanged(MailboxId Mailbox, bool Online) : RelayEvent;

/// <summary>A pairing message. <paramref name="Payload"/> is null when the run ended; run 0 is the slot itself.</summary>
public sealed record RelayRendezvousArrived(ReadOnlyMemory<byte> Slot, ulong Run, ReadOnlyMemory<byte>? Payload)
    : RelayEvent;

/// <summary>A circuit is there, opened here or at the other end. An answer to <see cref="RelaySession.OpenCircuit"/> follows its own.</summary>
/// <param name="Circuit">This side's end of it.</param>
/// <param name="Mailbox">Who is at the other.</param>
/// <param name="Secret">By UDP this side shows that it knows it.</param>
public sealed record RelayCircuitOpened(UInt128 Circuit, MailboxId Mailbox, CircuitSecret Secret) : RelayEvent;

public sealed record RelayCircuitClosed(UInt128 Circuit) : RelayEvent;

/// <summary>Datagrams of one size, the last perhaps shorter.</summary>
public sealed record RelayDatagramsArrived(UInt128 Circuit, int Size, ReadOnlyMemory<byte> Payload) : RelayEvent;

/// <summary>Nothing follows. The connection is to be closed, and opened again unless <paramref name="Reason"/> says no.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Update">With <see cref="RelayCloseReason.Version"/>: which program to update, `toss` or `toss-relay`.</param>
/// <param name="ReconnectAfter">When the relay asked to wait.</param>
public sealed record RelayClosed(RelayCloseReason Reason, string? Update = null, TimeSpan? ReconnectAfter = null)
    : RelayEvent;

public enum RelayAnswer
{
    Accepted,
    NotAllowed,
    MailboxFull,
    SenderQuota,
    BlobQuota,
    TooLarge,
    NoSlot,
    TooMany,
    NoBlob,
    Storage,
    Away,
    Busy,
    OutOfOrder,
    Refused,
}

public enum RelayCloseReason
{
    /// <summary>Silent for too long, at login or later.</summary>
    TimedOut,

    /// <summary>What it sent is no frame of this protocol.</summary>
    Malformed,

    /// <summary>The two versions do not meet.</summary>
    Version,
    Signature,
    Token,

    /// <summary>The same mailbox logged in elsewhere.</summary>
    Replaced,

    /// <summary>The relay goes down and asked to come back.</summary>
    Draining,
    Refused,
}
