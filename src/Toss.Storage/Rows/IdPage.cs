using Toss.Wire;

namespace Toss.Storage.Rows;

/// <summary>Many clip ids as one parameter, so that a page of history is one statement, prepared once, whatever its length.</summary>
internal static class IdPage
{
    /// <summary>A table `page` with the column `clip`, of the ids in `$1`. Begins the statement.</summary>
    public const string Cte =
        "WITH RECURSIVE place(at) AS (SELECT 1 WHERE length($1) > 0 UNION ALL "
        + "SELECT at + 16 FROM place WHERE at + 16 < length($1)), "
        + "page(clip) AS MATERIALIZED (SELECT substr($1, at, 16) FROM place) ";

    public static byte[] Of(IReadOnlyCollection<ClipId> clips)
    {
        var ids = new byte[clips.Count * ClipId.Size];
        var at = 0;
        foreach (var clip in clips)
        {
            clip.WriteTo(ids.AsSpan(at));
            at += ClipId.Size;
        }
        return ids;
    }
}
