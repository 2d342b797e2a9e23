namespace Toss.Core.Sync;

/// <summary>What rules tell apart: <see cref="SharingRules.KindOf(Clips.Clip)"/>.</summary>
public enum ClipKind
{
    Text,
    Url,
    Picture,
    Other,
    Secret,
}
