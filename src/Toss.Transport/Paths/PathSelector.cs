using System.Diagnostics.CodeAnalysis;

namespace Toss.Transport.Paths;

/// <summary>
/// Stage 7 of the path of a clip: which way to a peer.
/// <para>
/// A path that cannot carry anything now is no path. Among the others, one where the peer is present beats one where the
/// bytes would only wait in a mailbox, whatever its kind. Then the shorter kind wins: the same network, then direct, then
/// a mailbox, and last a link by a circuit: the relay is the same, and a mailbox survives that the peer falls asleep. Of relays the peer's home comes first, then ours: there each reads its mail for certain. Among what is still
/// equal the round trip decides, but only by a margin (5 ms): two paths that are equally near would otherwise take turns,
/// and every change costs a resend. Who holds the traffic now keeps it within that margin; a path that was never measured
/// is taken to be slow, not fast.
/// </para>
/// A pure function of what is known; whoever drives it calls again when something changes. Replaceable behind
/// <see cref="IPathPolicy"/>.
/// </summary>
public sealed class PathSelector : IPathPolicy
{
    /// <summary>Less than this is noise of a busy machine or a wireless hop.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Unmeasured = TimeSpan.FromSeconds(1);

    public bool TryChoose(IReadOnlyList<PeerPath> paths, PeerPath? current, [NotNullWhen(true)] out PeerPath? chosen)
    {
        chosen = null;
        foreach (var path in paths)
        {
            if (path.Usable && (chosen is null || IsBetter(path, chosen, current)))
            {
                chosen = path;
            }
        }
        return chosen is not null;
    }

    private static bool IsBetter(PeerPath path, PeerPath than, PeerPath? current)
    {
        var present = path.PeerSeen is not null;
        if (present != than.PeerSeen is not null)
        {
            return present;
        }
        if (path.Kind != than.Kind)
        {
            return path.Kind < than.Kind;
        }
        if (path.Rank != than.Rank)
        {
            return path.Rank < than.Rank;
        }
        var gain = (than.RoundTrip ?? Unmeasured) - (path.RoundTrip ?? Unmeasured);
        if (IsSame(path, current))
        {
            return gain >= -Margin;
        }
        if (IsSame(than, current) || gain.Duration() <= Margin)
        {
            // Of two that are as fast, the one where the peer was seen last.
            return gain > Margin || (!IsSame(than, current) && path.PeerSeen > than.PeerSeen);
        }
        return gain > TimeSpan.Zero;
    }

    private static bool IsSame(PeerPath path, PeerPath? current) => current is not null && path.IsSameAs(current);
}
