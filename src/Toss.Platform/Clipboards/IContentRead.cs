using Toss.Core.Clips;

namespace Toss.Platform.Clipboards;

/// <summary>All that one owner has, on its way to us. Ends with a <see cref="Snapshot"/> whatever the owner does.</summary>
internal interface IContentRead : IDisposable
{
    /// <summary>Set when the read is over.</summary>
    Snapshot? Result { get; }

    TimeSpan Deadline { get; }

    void HandleTimeout();

    /// <summary>The owner went away: what is read stays, the rest is gone.</summary>
    void HandleSourceGone();
}
