namespace Toss.Quic.Streams;

/// <summary>One stream of a <see cref="StreamSet"/>: its parts, and where it waits.</summary>
internal sealed class StreamEntry(long id, SendStream? send, ReceiveStream? receive)
{
    public long Id { get; } = id;

    public SendStream? Send { get; } = send;

    public ReceiveStream? Receive { get; } = receive;

    /// <summary>0 goes first. <see cref="StreamSchedule.Move"/> changes it.</summary>
    public int Priority { get; set; } = StreamSet.DefaultPriority;

    /// <summary>In a queue of <see cref="StreamSchedule"/>.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>In the queue of streams with frames other than data.</summary>
    public bool IsInControl { get; set; }

    /// <summary>Events not yet taken; in the queue of events while there are some.</summary>
    public StreamEvents Events { get; set; }

    public long StopCode { get; set; }

    public bool HasControl => Send is { HasControl: true } || Receive is { HasControl: true };

    public bool IsDone => Send is null or { IsDone: true } && Receive is null or { IsDone: true };
}
