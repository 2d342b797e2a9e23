namespace Toss.Control;

/// <summary>Who goes with a device that is removed: those that only it let in, itself or through others.</summary>
public static class DevicesAlong
{
    /// <summary>One that is kept stays with whoever led to it.</summary>
    /// <param name="devices">All of the circle, this one included.</param>
    /// <param name="isRemoved">Of an id; this device is never meant.</param>
    /// <param name="isKept">Of an id.</param>
    public static IReadOnlyList<DeviceReport> Of(
        IReadOnlyList<DeviceReport> devices,
        Func<DeviceReport, bool> isRemoved,
        Func<DeviceReport, bool> isKept
    )
    {
        var addedBy = devices.ToDictionary(device => device.Id, device => device.AddedById);
        var removed = devices
            .Where(device => !device.Self && isRemoved(device))
            .Select(device => device.Id)
            .ToHashSet();
        var stays = devices
            .Where(device => device.Self || isKept(device))
            .SelectMany(device => Chain(device.Id).TakeWhile(id => !removed.Contains(id)))
            .ToHashSet();
        return
        [
            .. devices.Where(device =>
                !removed.Contains(device.Id)
                && Chain(device.Id).TakeWhile(id => !stays.Contains(id)).Any(removed.Contains)
            ),
        ];

        // From the device up to the founder.
        IEnumerable<string> Chain(string id)
        {
            for (string? at = id; at is not null; at = addedBy.GetValueOrDefault(at))
            {
                yield return at;
            }
        }
    }
}
