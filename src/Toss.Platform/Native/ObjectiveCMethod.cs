namespace Toss.Platform.Native;

/// <summary>A method by class and selector, and the types it is called with here.</summary>
/// <param name="Class">Who has it.</param>
/// <param name="Selector">Its name, with a colon for each argument.</param>
/// <param name="Encoding">
/// What it gives and takes (developer.apple.com, "Type Encodings"), without offsets and qualifiers: receiver and selector, `@:`,
/// are its first two arguments.
/// </param>
/// <param name="OfClass">Of the class itself, not of what it makes.</param>
internal sealed record ObjectiveCMethod(string Class, string Selector, string Encoding, bool OfClass = false)
{
    /// <summary>
    /// Whether the runtime has the method as it is called here. It writes offsets between the types (`q16@0:8`), `r` and others
    /// for const and its like, and BOOL as `c` on x86-64.
    /// </summary>
    public bool IsEncodedAs(string runtime) => Bare(runtime) == Encoding;

    private static string Bare(string encoding)
    {
        var bare = string.Concat(encoding.Where(each => !char.IsAsciiDigit(each) && !"rnNoORV".Contains(each)));
        return bare.StartsWith('c') ? 'B' + bare[1..] : bare;
    }
}
