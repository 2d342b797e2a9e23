using System.Diagnostics.CodeAnalysis;

namespace Toss.Transport.Paths;

/// <summary>Chooses among the known paths to a peer.</summary>
public interface IPathPolicy
{
    /// <summary>False if none can carry anything now. <paramref name="current"/> is the one in use, if any.</summary>
    bool TryChoose(IReadOnlyList<PeerPath> paths, PeerPath? current, [NotNullWhen(true)] out PeerPath? chosen);
}
