namespace Toss.Relay;

/// <summary>The relay's disk failed. What was asked did not happen, or is not known to have; the process goes on.</summary>
public sealed class RelayStorageException(RelayStorageFailure failure, Exception? inner = null)
    : Exception($"relay storage: {failure}", inner)
{
    public RelayStorageFailure Failure { get; } = failure;
}

public enum RelayStorageFailure
{
    /// <summary>No space, a read-only or broken disk.</summary>
    Unavailable,

    /// <summary>The database was written by a newer toss-relay.</summary>
    TooNew,

    /// <summary>Not a database of ours.</summary>
    Damaged,

    /// <summary>Another process has it open.</summary>
    InUse,
}
