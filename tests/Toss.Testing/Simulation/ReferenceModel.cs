namespace Toss.Testing.Simulation;

/// <summary>
/// What must be true of a circle, written from docs/protocol and not from the code: who belongs to it, which copies are
/// in which history, and what is on which clipboard. It knows what people did and what they were told, and nothing of
/// messages. Where a fault may decide either way it allows both.
/// </summary>
public sealed class ReferenceModel
{
    private readonly List<Copied> _copies = [];
    private List<(int Signer, int Subject)> _adds = [];
    private List<(int Signer, int Subject, IReadOnlySet<int> Keeps)> _revokes = [];
    private HashSet<int> _settled = [0];

    // Removed by others: a day later the history they shared is erased.
    private readonly HashSet<int> _erasing = [];

    // Members at the last settlement and all that joined since: whom somebody may still take for a member.
    private readonly HashSet<int> _believed = [0];

    // Joins that were interrupted: by whom, and who. The next settlement decides them.
    private readonly List<(int Member, int Newcomer)> _undecided = [];
    private int _devices = 1;

    /// <summary>Device 0 founded the circle.</summary>
    public IReadOnlySet<int> Members => MembersOf(_adds, _revokes);

    public IReadOnlyList<Copied> Copies => _copies;

    public int AddDevice() => _devices++;

    public bool IsMember(int device) => Members.Contains(device);

    public void Joined(int member, int newcomer)
    {
        _adds.Add((member, newcomer));
        _believed.Add(newcomer);
    }

    /// <summary>
    /// The join was interrupted. Protocol, Pairing: it ends with the newcomer a member for all, or for nobody, itself
    /// included; an Add that it never confirmed is revoked.
    /// </summary>
    public void MayHaveJoined(int member, int newcomer)
    {
        _undecided.Add((member, newcomer));
        _believed.Add(newcomer);
    }

    /// <summary>Devices that interrupted joins made members or not.</summary>
    public IEnumerable<int> Undecided => _undecided.Select(join => join.Newcomer);

    /// <summary>
    /// Decides the interrupted joins: those newcomers are members, and the others are not. Whoever believed that it was one
    /// for a while is told that it is removed.
    /// </summary>
    public void Decide(Func<int, bool> isMember)
    {
        _erasing.UnionWith(Undecided.Where(newcomer => !isMember(newcomer)));
        var (adds, revokes) = Decided(isMember);
        (_adds, _revokes) = (adds, revokes);
        _undecided.Clear();
    }

    /// <summary>The members if it is so decided.</summary>
    public IReadOnlySet<int> MembersIf(Func<int, bool> isMember)
    {
        var (adds, revokes) = Decided(isMember);
        return MembersOf(adds, revokes);
    }

    private (List<(int, int)> Adds, List<(int, int, IReadOnlySet<int>)> Revokes) Decided(Func<int, bool> isMember)
    {
        List<(int, int)> adds = [.. _adds];
        List<(int, int, IReadOnlySet<int>)> revokes = [.. _revokes];
        foreach (var (member, newcomer) in _undecided)
        {
            if (isMember(newcomer))
            {
                adds.Add((member, newcomer));
            }
            else if (_revokes.Any(revoke => revoke.Signer == newcomer))
            {
                // It was one for a while, and what it said then counts.
                adds.Add((member, newcomer));
                revokes.Add((member, newcomer, new HashSet<int>()));
            }
        }
        return (adds, revokes);
    }

    /// <summary>
    /// The revoker was told that it is done. Whoever hears of it takes nothing of the subject any more. The Adds on which
    /// the revoker itself stands are kept in any case.
    /// </summary>
    public void Revoked(int by, int subject, IReadOnlyList<int> keeps)
    {
        var kept = keeps.ToHashSet();
        List<(int Signer, int Subject)> adds = [.. _adds, .. _undecided];
        for (var at = by; adds.FindIndex(add => add.Subject == at) is >= 0 and var index; at = adds[index].Signer)
        {
            if (adds[index].Signer == subject)
            {
                kept.Add(at);
            }
        }
        Revoke(by, subject, kept);
    }

    /// <summary>The device was told that it is done. Who leaves takes nobody along.</summary>
    public void Left(int device) =>
        Revoke(device, device, _adds.Where(add => add.Signer == device).Select(add => add.Subject).ToHashSet());

    private void Revoke(int by, int subject, HashSet<int> keeps)
    {
        var before = Members;
        _revokes.Add((by, subject, keeps));
        var after = Members;
        _erasing.UnionWith(before.Except(after).Where(device => device != by));
        foreach (var copy in _copies.Where(copy => !copy.IsSettled))
        {
            // What a removed device copied lately may have arrived or not; what was on its way to it likewise.
            if (!after.Contains(copy.Device))
            {
                copy.Must.RemoveWhere(device => device != copy.Device);
            }
            copy.Must.RemoveWhere(device =>
                before.Contains(device) && !after.Contains(device) && device != copy.Device
            );
        }
    }

    /// <summary>A copy whose owner was told that it is durable (acknowledged), or may hope so.</summary>
    public void Copy(int device, int number, bool acknowledged)
    {
        var members = Members;
        var copy = new Copied(number, device, acknowledged);
        if (_believed.Contains(device))
        {
            // Those removed may get it from a device that has not heard of it, but not from who removed them.
            copy.May.UnionWith(_believed);
            copy.May.ExceptWith(_revokes.Where(revoke => revoke.Signer == device).Select(revoke => revoke.Subject));
        }
        if (members.Contains(device) && _settled.Contains(device))
        {
            // Devices that all knew of at the last settlement must get it; newer ones may.
            copy.Must.UnionWith(members.Intersect(_settled));
        }
        copy.May.Add(device);
        copy.Must.Add(device);
        _copies.Add(copy);
    }

    /// <summary>The copy was seen in its origin's history: it is durable now, whoever was told or not.</summary>
    public void Found(int number) => _copies.Find(copy => copy.Number == number)!.Acknowledged = true;

    /// <summary>Which device made this copy.</summary>
    public int OriginOf(int number) => _copies.Find(copy => copy.Number == number)!.Device;

    /// <summary>Everything healed and agreed: from here on, all know all members.</summary>
    public void Settle()
    {
        _settled = [.. Members];
        _believed.Clear();
        _believed.UnionWith(_settled);
        foreach (var copy in _copies)
        {
            copy.IsSettled = true;
        }
    }

    /// <summary>True at any time: what is in this history, by copy number and newest first, may be there, and nothing durable is gone.</summary>
    public string? CheckHistory(int device, IReadOnlyList<int> history)
    {
        if (history.GroupBy(number => number).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            return $"copy {twice.Key} is {twice.Count()} times in the history of device {device}";
        }
        foreach (var number in history)
        {
            var copy = _copies.Find(copy => copy.Number == number);
            if (copy is null)
            {
                return $"nobody ever made copy {number} of device {device}'s history";
            }
            if (!copy.May.Contains(device))
            {
                return $"copy {number} of device {copy.Device} must never reach device {device}";
            }
            copy.Held.Add(device);
        }
        if (_erasing.Contains(device))
        {
            return null;
        }
        var present = history.ToHashSet();
        foreach (var copy in _copies)
        {
            if (copy.Held.Contains(device) && !present.Contains(copy.Number))
            {
                return $"copy {copy.Number} is gone from the history of device {device}";
            }
            if (copy.Device == device && copy.Acknowledged && !present.Contains(copy.Number))
            {
                return $"copy {copy.Number} was acknowledged and is not in the history of its own device {device}";
            }
        }
        return null;
    }

    /// <summary>True once all faults are over: copies that must be in this history and are not.</summary>
    public IEnumerable<int> Missing(int device, IReadOnlyList<int> history) =>
        _copies
            .Where(copy => copy.Acknowledged && copy.Must.Contains(device) && !_erasing.Contains(device))
            .Select(copy => copy.Number)
            .Except(history);

    /// <summary>
    /// Protocol, Identity: known are all that Adds reach from the founder; revoked are the subjects of Revokes by known
    /// devices; an Add stands unless its signer is revoked by one that does not keep it; members are reached by standing
    /// Adds and are not revoked.
    /// </summary>
    private static HashSet<int> MembersOf(
        List<(int Signer, int Subject)> adds,
        List<(int Signer, int Subject, IReadOnlySet<int> Keeps)> revokes
    )
    {
        var known = Reach(adds);
        var counted = revokes.Where(revoke => known.Contains(revoke.Signer)).ToList();
        var revoked = counted.Select(revoke => revoke.Subject).ToHashSet();
        var standing = adds.Where(add =>
            counted.Where(revoke => revoke.Subject == add.Signer).All(revoke => revoke.Keeps.Contains(add.Subject))
        );
        var members = Reach([.. standing]);
        members.ExceptWith(revoked);
        return members;
    }

    private static HashSet<int> Reach(List<(int Signer, int Subject)> adds)
    {
        HashSet<int> reached = [0];
        while (adds.Any(add => reached.Contains(add.Signer) && reached.Add(add.Subject))) { }
        return reached;
    }

    /// <summary>One copy somebody made.</summary>
    public sealed class Copied(int number, int device, bool acknowledged)
    {
        public int Number { get; } = number;

        public int Device { get; } = device;

        public bool Acknowledged { get; set; } = acknowledged;

        public bool IsSettled { get; set; }

        /// <summary>Devices that have it once everything is healed.</summary>
        public HashSet<int> Must { get; } = [];

        /// <summary>Devices that may ever have it.</summary>
        public HashSet<int> May { get; } = [];

        /// <summary>Devices in whose history it was seen.</summary>
        public HashSet<int> Held { get; } = [];
    }
}
