using System.Globalization;
using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>
/// A word by which somebody finds a clip again: 1 to 32 characters, no white space at its ends, no commas, nothing that cannot be
/// seen. It stays on this device.
/// </summary>
public static class ClipTag
{
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= Limits.Tag
        && name.Trim().Length == name.Length
        && !name.Any(c =>
            c == ',' || char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format
        );

    /// <summary>Whether both name the same: nobody remembers whether they began it with a capital.</summary>
    public static bool AreSame(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
