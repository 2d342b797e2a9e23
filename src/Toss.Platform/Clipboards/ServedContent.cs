using Toss.Core.Clips;

namespace Toss.Platform.Clipboards;

/// <summary>What answers one target: bytes, or the promise of them.</summary>
internal readonly record struct ServedContent(ReadOnlyMemory<byte> Bytes, IPromise? Promise = null);
