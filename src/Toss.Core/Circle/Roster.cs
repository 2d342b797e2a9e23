using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>
/// Who belongs to a circle: its Genesis and a set of signed Adds and Revokes. No log and no forks: merging is union, and
/// the answer depends on the set alone, never on the order it was learned in. Immutable.
/// <para>
/// Known = reachable from the founder by Adds. Revoked = subjects of Revokes by known devices, so a Revoke is final and
/// wins, even a mutual one. An Add stands if its signer is not revoked, or if every Revoke of the signer keeps it.
/// Members = reachable from the founder by standing Adds, and not revoked.
/// </para>
/// <para>
/// Statements are never dropped to make room: whichever were, another device would drop others, and with an Add might go
/// a Revoke by whom it added. A roster beyond <see cref="Limits.Roster"/> is a thief's work, who can end a circle anyway
/// by revoking everybody: it has no members, on every device that ever sees so much, and all found a new one.
/// </para>
/// </summary>
public sealed class Roster
{
    private readonly SortedDictionary<StatementId, Statement> _statements;
    private readonly Dictionary<DeviceId, Statement> _addedBy = [];
    private readonly HashSet<DeviceId> _known;
    private readonly HashSet<DeviceId> _revoked;
    private readonly SortedSet<DeviceId> _members;

    private Roster(Genesis genesis, SortedDictionary<StatementId, Statement> statements)
    {
        Genesis = genesis;
        Circle = SignedStatements.IdOf(genesis);
        Founder = SignedStatements.IdOf(genesis.FounderKey.Span);
        _statements = statements;

        var adds = statements.Values.Where(statement => statement.IsAdd).ToList();
        _known = Reach(adds, _ => true, record: false);
        var revokes = statements
            .Values.Where(statement => !statement.IsAdd && _known.Contains(statement.Signer))
            .ToList();
        _revoked = [.. revokes.Select(revoke => revoke.Subject)];
        bool Stands(Statement add) =>
            !_revoked.Contains(add.Signer)
            || revokes.Where(revoke => revoke.Subject == add.Signer).All(revoke => revoke.Keeps.Contains(add.Id));
        var reached = Reach(adds, Stands, record: true);
        reached.ExceptWith(_revoked);
        _members = [.. reached];
        Size = statements.Values.Where(statement => _known.Contains(statement.Signer)).Sum(statement => statement.Size);
        if (IsFlooded)
        {
            _members.Clear();
            _addedBy.Clear();
        }
        Digest = ComputeDigest();
    }

    public Genesis Genesis { get; }

    public CircleId Circle { get; }

    public DeviceId Founder { get; }

    /// <summary>Bytes of all statements.</summary>
    public int Size { get; }

    /// <summary>Somebody signed more than a circle can hold: it has ended.</summary>
    public bool IsFlooded => Size > Limits.Roster;

    /// <summary>
    /// SHA-256 over the sorted ids of all statements: equal digests, equal rosters. All flooded rosters are equal.
    /// </summary>
    public ReadOnlyMemory<byte> Digest { get; }

    /// <summary>In id order.</summary>
    public IReadOnlyCollection<DeviceId> Members => _members;

    /// <summary>How many devices were members once and are none any more. Only grows: nobody comes back.</summary>
    public int Gone => _known.Count - _members.Count;

    public IEnumerable<Signed> Statements => _statements.Values.Select(statement => statement.Signed);

    public static Roster Found(Genesis genesis) => new(genesis, []);

    public bool IsMember(DeviceId device) => _members.Contains(device);

    public bool IsRevoked(DeviceId device) => _revoked.Contains(device);

    /// <summary>Somebody once added it, whatever came later: its Revokes count.</summary>
    public bool IsKnown(DeviceId device) => _known.Contains(device);

    /// <summary>Those of these statements that are valid Revokes by this device.</summary>
    public IEnumerable<Signed> RevokesBy(DeviceId signer, IEnumerable<Signed> statements) =>
        statements
            .Take(Limits.Devices * 4)
            .Where(signed =>
                Statement.TryRead(signed, Circle, out var statement) && !statement.IsAdd && statement.Signer == signer
            );

    /// <summary>When the latest Revoke was made, on its signer's clock; null without one.</summary>
    public DateTimeOffset? LastRevokeAt =>
        _statements.Values.Where(statement => !statement.IsAdd).Max(revoke => (DateTimeOffset?)revoke.IssuedAt);

    /// <summary>The signer of the standing Add that made this device a member; null for the founder and strangers.</summary>
    public DeviceId? AddedBy(DeviceId device) => _addedBy.TryGetValue(device, out var add) ? add.Signer : null;

    /// <summary>Hashes of the Adds this device signed: what a Revoke of it may keep.</summary>
    public IEnumerable<(StatementId Id, DeviceId Subject)> AddsBy(DeviceId signer) =>
        _statements
            .Values.Where(statement => statement.IsAdd && statement.Signer == signer)
            .Select(add => (add.Id, add.Subject));

    /// <summary>The standing Adds from the founder to this device, first to last; null for a stranger or a chain too long to show.</summary>
    public IReadOnlyList<Signed>? ChainTo(DeviceId device)
    {
        var chain = new List<Signed>();
        for (var at = device; at != Founder; )
        {
            if (!_addedBy.TryGetValue(at, out var add) || chain.Count == Limits.IntroductionChain)
            {
                return null;
            }
            chain.Insert(0, add.Signed);
            at = add.Signer;
        }
        return chain;
    }

    /// <summary>
    /// Whether this device may add another. Honest devices stop well before the bounds, so that there is always room for
    /// Revokes, which are never refused.
    /// </summary>
    public bool MayAdd(DeviceId signer) =>
        Size <= Limits.RosterForAdds && AddsBy(signer).Count() < Limits.AddsPerSigner;

    /// <summary>
    /// The union with these statements. Dropped: what is not of this circle, not validly signed, or by somebody the union
    /// does not know, since nobody sends a statement without the Adds that lead to its signer.
    /// </summary>
    /// <param name="added">What this roster did not have, in id order: to be stored.</param>
    public Roster Merge(IEnumerable<Signed> statements, out IReadOnlyList<Signed> added)
    {
        added = [];
        if (IsFlooded)
        {
            return this;
        }
        var union = new SortedDictionary<StatementId, Statement>(_statements);
        foreach (var signed in statements)
        {
            // Whatever signature it comes with, one that is here already adds nothing, and needs no verification.
            if (
                !union.ContainsKey(SignedStatements.IdOf(signed))
                && Statement.TryRead(signed, Circle, out var statement)
            )
            {
                union.Add(statement.Id, statement);
            }
        }
        var merged = new Roster(Genesis, union);
        foreach (var stranger in union.Values.Where(statement => !merged._known.Contains(statement.Signer)).ToList())
        {
            union.Remove(stranger.Id);
        }
        added = [.. union.Where(pair => !_statements.ContainsKey(pair.Key)).Select(pair => pair.Value.Signed)];
        return added.Count == 0 ? this : new Roster(Genesis, union);
    }

    public Wire.Roster ToWire() => new() { Genesis = Genesis, Statements = { Statements } };

    /// <summary>A signed Add of this device key; valid whatever the roster says, as long as the signer is known.</summary>
    public static Signed SignAdd(
        DeviceKey signer,
        CircleId circle,
        ReadOnlySpan<byte> subjectKey,
        DateTimeOffset now
    ) =>
        signer.Sign(
            Labels.RosterStatement,
            new RosterStatement
            {
                CircleId = ByteString.CopyFrom(circle.ToBytes()),
                Add = new AddDevice { SubjectKey = ByteString.CopyFrom(subjectKey) },
                IssuedAtMs = now.ToUnixTimeMilliseconds(),
            }.ToByteArray()
        );

    /// <summary>A signed Revoke. <paramref name="keeps"/>: those of the subject's Adds that stand nevertheless.</summary>
    public static Signed SignRevoke(
        DeviceKey signer,
        CircleId circle,
        ReadOnlySpan<byte> subjectKey,
        IEnumerable<StatementId> keeps,
        DateTimeOffset now
    ) =>
        signer.Sign(
            Labels.RosterStatement,
            new RosterStatement
            {
                CircleId = ByteString.CopyFrom(circle.ToBytes()),
                Revoke = new RevokeDevice
                {
                    SubjectKey = ByteString.CopyFrom(subjectKey),
                    Keeps = { keeps.Order().Select(id => ByteString.CopyFrom(id.ToBytes())) },
                },
                IssuedAtMs = now.ToUnixTimeMilliseconds(),
            }.ToByteArray()
        );

    // Layer by layer: what is recorded are the shortest chains, so that an introduction is possible whenever one is.
    private HashSet<DeviceId> Reach(List<Statement> adds, Func<Statement, bool> counts, bool record)
    {
        var reached = new HashSet<DeviceId> { Founder };
        for (HashSet<DeviceId> layer = [Founder]; layer.Count > 0; )
        {
            var next = new HashSet<DeviceId>();
            foreach (var add in adds)
            {
                if (layer.Contains(add.Signer) && counts(add) && reached.Add(add.Subject))
                {
                    next.Add(add.Subject);
                    if (record)
                    {
                        _addedBy[add.Subject] = add;
                    }
                }
            }
            layer = next;
        }
        return reached;
    }

    private byte[] ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Circle.ToBytes());
        foreach (var id in IsFlooded ? [] : _statements.Keys.AsEnumerable())
        {
            hash.AppendData(id.ToBytes());
        }
        return hash.GetHashAndReset();
    }

    /// <summary>A statement whose signature, circle and bounds were checked.</summary>
    private sealed record Statement(
        StatementId Id,
        DeviceId Signer,
        DeviceId Subject,
        bool IsAdd,
        DateTimeOffset IssuedAt,
        IReadOnlyCollection<StatementId> Keeps,
        Signed Signed
    )
    {
        public int Size => Signed.Body.Length + Signed.Signer.Length + Signed.Signature.Length;

        public static bool TryRead(Signed signed, CircleId circle, out Statement statement)
        {
            statement = null!;
            if (
                !WireReader.TryRead<RosterStatement>(signed.Body.Span, Limits.PairingMessage, out var body)
                || !CircleId.TryFrom(body.CircleId.Span, out var circleId)
                || circleId != circle
            )
            {
                return false;
            }
            var isAdd = body.StatementCase == RosterStatement.StatementOneofCase.Add;
            var subjectKey = isAdd ? body.Add.SubjectKey : body.Revoke?.SubjectKey;
            var keeps = new HashSet<StatementId>();
            foreach (var bytes in (body.Revoke?.Keeps ?? []).Take(Limits.AddsPerSigner))
            {
                if (StatementId.TryFrom(bytes.Span, out var id))
                {
                    keeps.Add(id);
                }
            }
            if (subjectKey is not { Length: 32 } || !SignedStatements.Verify(Labels.RosterStatement, signed))
            {
                return false;
            }
            statement = new Statement(
                SignedStatements.IdOf(signed),
                SignedStatements.IdOf(signed.Signer.Span),
                SignedStatements.IdOf(subjectKey.Span),
                isAdd,
                UnixTime.Of(body.IssuedAtMs),
                keeps,
                signed
            );
            return true;
        }
    }
}
