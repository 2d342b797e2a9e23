using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>What people call a device: 1 to 64 characters, no control characters, no white space at its ends.</summary>
public static class DeviceName
{
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= Limits.Name
        && name.Trim().Length == name.Length
        && !name.Any(c =>
            char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format
        );

    /// <summary>The nearest valid name: for a host name, or one typed with a stray space.</summary>
    public static string From(string text)
    {
        var kept = new string([.. text.Where(c => !char.IsControl(c))]).Trim();
        kept = kept.Length > Limits.Name ? kept[..Limits.Name].TrimEnd() : kept;
        return IsValid(kept) ? kept : "device";
    }
}
