using Toss.Core.Clips;

namespace Toss.Testing.Platform;

/// <summary>A program that is not ours, as the other side of a clipboard: what it copies and pastes are media types and bytes.</summary>
/// <param name="name">What a failure calls it.</param>
/// <param name="handles">What it can copy and paste.</param>
/// <param name="copy">Returns once it owns the clipboard.</param>
/// <param name="paste">Throws if the clipboard does not have the type.</param>
public sealed class ForeignProgram(
    string name,
    Func<ContentRepresentation, bool> handles,
    Func<ContentRepresentation, Task> copy,
    Func<string, Task<byte[]>> paste
)
{
    public bool Handles(ContentRepresentation content) => handles(content);

    public Task CopyAsync(ContentRepresentation content) => copy(content);

    public Task<byte[]> PasteAsync(string mediaType) => paste(mediaType);

    public override string ToString() => name;
}
