namespace Toss.Core.Clips;

/// <summary>
/// What a clipboard adapter read, before any decision: representations within the adapter's limits, and what it had to
/// leave out.
/// </summary>
/// <param name="Representations">In the source's order; may be empty.</param>
/// <param name="Concealed">The platform's hint says: do not keep, do not share (passwords).</param>
/// <param name="Origin">Bytes of <see cref="MediaTypes.Origin"/> if the content carries them, else null.</param>
/// <param name="Omitted">Formats left unread, each with its reason.</param>
/// <param name="Source">The program that copied, by the name its platform has for it; null where nobody tells.</param>
public sealed record Snapshot(
    IReadOnlyList<ContentRepresentation> Representations,
    bool Concealed,
    ReadOnlyMemory<byte>? Origin,
    IReadOnlyList<OmittedFormat> Omitted,
    string? Source = null
)
{
    /// <summary>Somebody emptied the clipboard, or the program whose content it was is gone.</summary>
    public static Snapshot Cleared { get; } = new([], false, null, []);

    /// <summary>There is nothing, and nothing was left unread.</summary>
    public bool IsCleared => Representations.Count == 0 && Omitted.Count == 0 && !Concealed;
}

public sealed record OmittedFormat(string MediaType, OmittedReason Reason);

public enum OmittedReason
{
    TooLarge,
    TimedOut,
    SourceGone,
    Unreadable,
}
