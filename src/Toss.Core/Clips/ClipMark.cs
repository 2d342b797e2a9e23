using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>What somebody put on a clip in this device's history. No other device learns of it.</summary>
/// <param name="Pinned">Retention does not take it.</param>
/// <param name="Tags">In the order in which they were put on: at most <see cref="Limits.Tags"/>.</param>
public sealed record ClipMark(bool Pinned, IReadOnlyList<string> Tags)
{
    public static readonly ClipMark None = new(false, []);

    public bool IsNone => !Pinned && Tags.Count == 0;

    public bool Has(string tag) => Tags.Any(own => ClipTag.AreSame(own, tag));

    /// <summary>With this tag, once.</summary>
    public ClipMark With(string tag) => Has(tag) ? this : this with { Tags = [.. Tags, tag] };

    public ClipMark Without(string tag) => this with { Tags = [.. Tags.Where(own => !ClipTag.AreSame(own, tag))] };
}
