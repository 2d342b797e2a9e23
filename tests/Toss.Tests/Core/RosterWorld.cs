using Google.Protobuf;
using Toss.Crypto.Identity;
using Toss.Wire;
using static Toss.Tests.Core.TestClips;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Core;

/// <summary>
/// A circle as it comes about: every statement is signed by somebody the ones before it lead to. Device 0 founded it.
/// </summary>
internal sealed class RosterWorld(int devices, Random random)
{
    private static readonly DeviceKey[] Keys = [.. Enumerable.Range(1, 80).Select(i => Key((ulong)i))];

    public static readonly Roster Founded = Roster.Found(
        new Genesis
        {
            Nonce = ByteString.CopyFrom(new byte[32]),
            FounderKey = ByteString.CopyFrom(Keys[0].PublicKey.Span),
        }
    );

    private readonly List<(Signed Signed, int Signer, int Subject, bool IsAdd)> _statements = [];
    private readonly List<int> _known = [0];
    private int _time;

    public IReadOnlyList<Signed> Statements => [.. _statements.Select(statement => statement.Signed)];

    public IReadOnlyList<int> Known => _known;

    public static DeviceId IdOf(int device) => Keys[device].Id;

    public static IEnumerable<int> Members(Roster roster) =>
        Enumerable.Range(0, Keys.Length).Where(i => roster.IsMember(Keys[i].Id));

    public Signed Add(int signer, int subject)
    {
        var add = Roster.SignAdd(Keys[signer], Founded.Circle, Keys[subject].PublicKey.Span, Now.AddMinutes(_time++));
        Keep(add, signer, subject, isAdd: true);
        if (!_known.Contains(subject))
        {
            _known.Add(subject);
        }
        return add;
    }

    public Signed Revoke(int signer, int subject, params IEnumerable<Signed> keeps)
    {
        var revoke = Roster.SignRevoke(
            Keys[signer],
            Founded.Circle,
            Keys[subject].PublicKey.Span,
            keeps.Select(SignedStatements.IdOf),
            Now.AddMinutes(_time++)
        );
        Keep(revoke, signer, subject, isAdd: false);
        return revoke;
    }

    /// <summary>Everybody joins, added by somebody; a few are removed, with or without what they added.</summary>
    public RosterWorld Grow()
    {
        for (var device = 1; device < devices; device++)
        {
            Add(Anybody(), device);
            if (random.Next(5) == 0)
            {
                // Added by two at once, or twice.
                Add(Anybody(), device);
            }
            if (random.Next(6) == 0)
            {
                var subject = Anybody();
                Revoke(Anybody(), subject, AddsBy(subject).Where(_ => random.Next(2) == 0));
            }
        }
        return this;
    }

    public int Anybody() => _known[random.Next(_known.Count)];

    public IEnumerable<Signed> AddsBy(int signer) =>
        _statements
            .Where(statement => statement.IsAdd && statement.Signer == signer)
            .Select(add => add.Signed)
            .ToList();

    /// <summary>
    /// A part as somebody may have heard it: with each statement the Adds that lead to its signer, some twice, in any order.
    /// </summary>
    public Signed[] Part(double share)
    {
        var part = new List<Signed>();
        var needed = new HashSet<int>();
        for (var i = _statements.Count - 1; i >= 0; i--)
        {
            var (signed, signer, subject, isAdd) = _statements[i];
            if (random.NextDouble() < share || (isAdd && needed.Contains(subject)))
            {
                part.AddRange(Enumerable.Repeat(signed, random.Next(1, 3)));
                needed.Add(signer);
            }
        }
        var shuffled = part.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>All statements in parts, each heard by somebody, and these merged in any tree.</summary>
    public Roster MergeInAnyTree()
    {
        var rosters = Enumerable
            .Range(0, random.Next(1, 6))
            .Select(part => Founded.Merge(Part(random.NextDouble()), out _))
            .Append(Founded.Merge(Part(1), out _))
            .ToList();
        while (rosters.Count > 1)
        {
            var left = Take(rosters);
            var right = Take(rosters);
            rosters.Add(left.Merge(right.Statements, out _));
        }
        return rosters[0];
    }

    private T Take<T>(List<T> list)
    {
        var at = random.Next(list.Count);
        var taken = list[at];
        list.RemoveAt(at);
        return taken;
    }

    private void Keep(Signed signed, int signer, int subject, bool isAdd) =>
        _statements.Add((signed, signer, subject, isAdd));
}
