using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Platform.Clipboards;

/// <summary>What we were told to put on the clipboard.</summary>
internal sealed record HeldContent(ClipContent Content, ReadOnlyMemory<byte> Origin)
{
    public bool IsSecret => Content.Sensitivity == Sensitivity.Secret;

    public Snapshot ToSnapshot() => new(Content.Representations, IsSecret, Origin, []);

    public bool IsOf(ReadOnlyMemory<byte> origin) => Origin.Span.SequenceEqual(origin.Span);

    public override string ToString() => nameof(HeldContent);
}
