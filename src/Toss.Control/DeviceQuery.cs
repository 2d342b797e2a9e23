namespace Toss.Control;

/// <summary>How a person says which device is meant: its name, its id or the beginning of it, or its fingerprint.</summary>
public static class DeviceQuery
{
    /// <summary>Of an id, in characters: fewer may begin many of them.</summary>
    private const int ShortestId = 4;

    /// <summary>Whether this text means the device; it may mean others too.</summary>
    public static bool Matches(string text, string id, string name, string fingerprint)
    {
        var meant = text.Trim();
        return name.Equals(meant, StringComparison.OrdinalIgnoreCase)
            || (meant.Length >= ShortestId && id.StartsWith(meant, StringComparison.OrdinalIgnoreCase))
            || fingerprint.Equals(meant, StringComparison.OrdinalIgnoreCase);
    }
}
