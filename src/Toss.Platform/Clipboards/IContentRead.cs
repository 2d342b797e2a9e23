using Toss.Core.Clips;

namespace Toss.Platform.Clipboards;

/// <summary>All that one owner has, on its way to us. Ends with a <see cref="Snapshot"/> whatever the owner does.</summary>
internal interface IContentRead : IDisposable
{
    /// <summary>Set when the read is over.</summary>
    Snapshot? Result { get; }

    TimeSpan Deadline { get; }

    void HandleTimeout();

    /// <summary>What had to wait for the spool may go on.</summary>
    void HandleRoom();

    /// <summary>The owner went away: what came whole stays, also what is still on its way to the disk; the rest is gone.</summary>
    void HandleSourceGone();

    /// <summary>The result is taken, and with it what was spooled; else that is let go of when this is disposed of.</summary>
    void HandOver();
}
