namespace Toss.Core.Sync;

/// <summary>A picture as its pixels.</summary>
/// <param name="Rgba">Red, green, blue, opacity; rows from the top.</param>
public sealed record DecodedPicture(int Width, int Height, byte[] Rgba);
