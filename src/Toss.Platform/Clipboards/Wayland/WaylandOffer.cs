using Toss.Wire;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>What somebody has on a selection, as the compositor announces it: an id to ask by, and MIME types.</summary>
internal sealed class WaylandOffer(uint id)
{
    private readonly List<string> _types = [];

    public uint Id => id;

    public IReadOnlyList<string> Types => _types;

    /// <summary>Kept if it can mean anything to us, and as many as are looked at.</summary>
    public void Add(string type)
    {
        if (_types.Count < ReadPlan.TargetsLimit && type.Length <= Limits.MediaType)
        {
            _types.Add(type);
        }
    }
}
