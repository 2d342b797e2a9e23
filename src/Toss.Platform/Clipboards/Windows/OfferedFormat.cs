using Toss.Core.Clips;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>One name under which content is on Windows' clipboard, with its bytes or the promise of them.</summary>
/// <param name="Bytes">Empty if it is promised.</param>
/// <param name="Encoder">A new one for each reader: it makes the format's bytes of those of the promise.</param>
internal readonly record struct OfferedFormat(
    string Format,
    ReadOnlyMemory<byte> Bytes,
    IPromise? Promise = null,
    Func<FormatEncoder>? Encoder = null
);
