using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>Stage 4: which peers get a clip, and which of its representations travel inside the envelope.</summary>
public static class Distribution
{
    /// <summary>
    /// Every peer that the rules do not keep it from: all members share one clipboard. Who is no member any more, leaving
    /// just now, shares with nobody.
    /// </summary>
    public static IReadOnlyList<DeviceId> Recipients(CircleState circle, SharingRules rules, ClipContent content)
    {
        var kind = SharingRules.KindOf(content.Sensitivity, content.Representations[0].MediaType);
        return circle.SelfIsMember
            ?
            [
                .. circle
                    .Peers.Select(peer => peer.Device)
                    .Where(peer => rules.IsAutomatic(SharingDirection.Out, peer, kind, content.Size)),
            ]
            : [];
    }

    /// <summary>
    /// For each representation, whether it travels inline. The smallest go first while all inline ones together stay
    /// within <see cref="Limits.InlineContent"/>: the text of a page arrives at once, its picture follows as a blob.
    /// </summary>
    public static IReadOnlyList<bool> Inline(IReadOnlyList<ContentRepresentation> representations)
    {
        var inline = new bool[representations.Count];
        long room = Limits.InlineContent;
        foreach (var (representation, index) in representations.Select((r, i) => (r, i)).OrderBy(pair => pair.r.Size))
        {
            room -= representation.Size;
            if (room < 0)
            {
                break;
            }
            inline[index] = true;
        }
        return inline;
    }
}
