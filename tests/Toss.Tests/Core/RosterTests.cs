using CsCheck;
using Google.Protobuf;
using Toss.Crypto.Identity;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Core;

public sealed class RosterTests
{
    private readonly DeviceKey[] _keys = [.. Enumerable.Range(1, 6).Select(i => Key((ulong)i))];

    private Roster Founded() =>
        Roster.Found(
            new Genesis
            {
                Nonce = ByteString.CopyFrom(new byte[32]),
                FounderKey = ByteString.CopyFrom(_keys[0].PublicKey.Span),
            }
        );

    private Signed Add(int signer, int subject) =>
        Roster.SignAdd(_keys[signer], Founded().Circle, _keys[subject].PublicKey.Span, Now);

    private Signed Revoke(int signer, int subject, params Signed[] keeps) =>
        Roster.SignRevoke(
            _keys[signer],
            Founded().Circle,
            _keys[subject].PublicKey.Span,
            keeps.Select(SignedStatements.IdOf),
            Now
        );

    private Roster With(params Signed[] statements) => Founded().Merge(statements, out _);

    private IEnumerable<int> Members(Roster roster) =>
        Enumerable.Range(0, _keys.Length).Where(i => roster.IsMember(_keys[i].Id));

    [Fact]
    public void The_founder_is_a_member_and_adds_reach_others()
    {
        Assert.Equal([0], Members(Founded()));
        Assert.Equal([0, 1, 2], Members(With(Add(1, 2), Add(0, 1))));
    }

    [Fact]
    public void A_strangers_statement_is_dropped()
    {
        var roster = Founded().Merge([Add(3, 4), Revoke(3, 0)], out var added);

        Assert.Empty(added);
        Assert.Equal([0], Members(roster));
    }

    [Fact]
    public void A_revoke_is_final_and_takes_the_adds_of_its_subject_with_it()
    {
        Assert.Equal([0], Members(With(Add(0, 1), Add(1, 2), Revoke(0, 1), Add(0, 1))));
    }

    [Fact]
    public void A_revoke_may_keep_what_its_subject_added()
    {
        var kept = Add(1, 2);

        Assert.Equal([0, 2], Members(With(Add(0, 1), kept, Add(1, 3), Revoke(0, 1, kept))));
        // Two Revokes: every one of them has to keep it.
        Assert.Equal([0, 4], Members(With(Add(0, 1), Add(0, 4), kept, Revoke(0, 1, kept), Revoke(4, 1))));
    }

    [Fact]
    public void Two_that_revoke_each_other_are_both_out() =>
        Assert.Equal([0], Members(With(Add(0, 1), Add(0, 2), Revoke(1, 2), Revoke(2, 1))));

    [Fact]
    public void A_forged_statement_counts_for_nothing()
    {
        var forged = Add(0, 1);
        forged.Signature = ByteString.CopyFrom(new byte[64]);
        var moved = Add(0, 1);
        moved.Signer = ByteString.CopyFrom(_keys[1].PublicKey.Span);

        Assert.Equal([0], Members(With(forged, moved)));
    }

    [Fact]
    public void The_chain_leads_from_the_founder()
    {
        var roster = With(Add(0, 1), Add(1, 2));

        Assert.Equal([Add(0, 1), Add(1, 2)], roster.ChainTo(_keys[2].Id)!);
        Assert.Null(roster.ChainTo(_keys[5].Id));
        Assert.Equal(_keys[1].Id, roster.AddedBy(_keys[2].Id));
    }

    [Fact]
    public void The_members_depend_on_the_set_alone()
    {
        var all = new List<Signed>();
        for (var i = 0; i < _keys.Length; i++)
        {
            for (var j = 0; j < _keys.Length; j++)
            {
                if (i != j)
                {
                    all.Add(Add(i, j));
                    all.Add(Revoke(i, j));
                }
            }
        }
        var statements = all.ToArray();
        var pick = Gen.Select(Gen.Int[0, statements.Length - 1].HashSet[1, 12], Gen.Int[0, int.MaxValue - 1]);
        pick.Sample(
            (chosen, shuffle) =>
            {
                var set = chosen.Select(i => statements[i]).ToList();
                // Parts of a circle close over who they know: a part learns a statement with the Adds that lead to its signer.
                var expected = Founded().Merge(set, out _);
                var known = expected.Statements.ToArray();
                new Random(shuffle).Shuffle(known);
                var left = Founded().Merge(known.Take(known.Length / 2), out _);
                var merged = left.Merge(known.Concat(known), out _);
                Assert.Equal(expected.Members, merged.Members);
                Assert.Equal(expected.Digest.ToArray(), merged.Digest.ToArray());
            },
            seed: "0000KOIPSt02",
            iter: 200
        );
    }
}
