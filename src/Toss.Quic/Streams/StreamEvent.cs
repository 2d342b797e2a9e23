namespace Toss.Quic.Streams;

/// <summary>What happened to a stream since its last event.</summary>
[Flags]
internal enum StreamEvents
{
    None = 0,

    /// <summary>The peer opened it.</summary>
    Opened = 1,

    /// <summary>There is something to read, or the end.</summary>
    Readable = 2,

    /// <summary>A write that took too little would take more.</summary>
    Writable = 4,

    /// <summary>The peer reads no more; our part was reset with its code.</summary>
    Stopped = 8,

    /// <summary>The peer gave its part up.</summary>
    Reset = 16,

    /// <summary>The peer has all that we sent, the end included.</summary>
    Acknowledged = 32,
}

/// <summary>Events of one stream, gathered until they were taken.</summary>
/// <param name="StopCode">With <see cref="StreamEvents.Stopped"/>.</param>
/// <param name="ResetCode">With <see cref="StreamEvents.Reset"/>.</param>
internal readonly record struct StreamEvent(long Id, StreamEvents Events, long StopCode, long ResetCode);
