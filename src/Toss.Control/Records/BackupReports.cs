namespace Toss.Control;

/// <summary>`toss export --json`: what an export wrote, or has written so far.</summary>
/// <param name="IsWhole">It came to its end; what ended before is no backup.</param>
/// <param name="Clips">In it.</param>
/// <param name="Bytes">Of their content.</param>
public sealed record ExportReport(bool IsWhole, int Clips, long Bytes)
{
    /// <summary>Left out: their content is not on this device, or not all of it.</summary>
    public int NotHere { get; init; }

    /// <summary>Left out: a circle locked them that removed this device.</summary>
    public int Locked { get; init; }

    /// <summary>Left out: passwords and the like, which are not kept.</summary>
    public int Sensitive { get; init; }

    /// <summary>Left out: they, or their content, are damaged on this disk.</summary>
    public int Damaged { get; init; }
}

/// <summary>`toss import --json`: what became of what stood in a backup.</summary>
/// <param name="Clips">New in history.</param>
/// <param name="Bytes">Of their content.</param>
public sealed record ImportReport(int Clips, long Bytes)
{
    /// <summary>In history already; those without a pin or a tag took the backup's.</summary>
    public int Known { get; init; }

    /// <summary>In history already, without their content, which came back.</summary>
    public int Restored { get; init; }

    /// <summary>Left out: they were deleted here, or everywhere.</summary>
    public int Deleted { get; init; }

    /// <summary>Not kept: older, more or larger than history keeps on this device.</summary>
    public int NotKept { get; init; }

    /// <summary>In history without their pin: pinned copies may take half of it.</summary>
    public int Unpinned { get; init; }

    /// <summary>Left out: damaged where the backup was made, or signed by nobody.</summary>
    public int Damaged { get; init; }

    /// <summary>The settings and rules of the backup are this device's now.</summary>
    public bool Settings { get; init; }
}
