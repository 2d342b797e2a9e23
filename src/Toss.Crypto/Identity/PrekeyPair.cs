using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>Both halves of one prekey: X25519 and ML-KEM-768. Exported sealed by the record cipher only.</summary>
public sealed class PrekeyPair : IDisposable
{
    /// <summary>Bytes of a prekey's id.</summary>
    public const int IdSize = 8;

    private const byte Version = 1;
    private const int ExportSize = 1 + 8 + X25519KeyPair.KeySize + MlKem768.SeedSize;

    private readonly X25519KeyPair _x25519;
    private readonly byte[] _mlKemSeed;
    private readonly Prekey _public;
    private bool _disposed;

    private PrekeyPair(ReadOnlySpan<byte> x25519, ReadOnlySpan<byte> mlKemSeed, long createdAtMs)
    {
        _x25519 = X25519KeyPair.Import(x25519);
        _mlKemSeed = mlKemSeed.ToArray();
        var mlKemPublic = MlKem768.PublicKeyOf(_mlKemSeed);
        var id = new Transcript(Labels.PrekeyId).Add(_x25519.PublicKey).Add(mlKemPublic).Hash();
        _public = new()
        {
            Id = ByteString.CopyFrom(id.AsSpan(0, IdSize)),
            X25519 = ByteString.CopyFrom(_x25519.PublicKey),
            MlKem768 = ByteString.CopyFrom(mlKemPublic),
            CreatedAtMs = createdAtMs,
        };
    }

    public static PrekeyPair Generate(IRandomSource random, DateTimeOffset now)
    {
        Span<byte> secrets = stackalloc byte[X25519KeyPair.KeySize + MlKem768.SeedSize];
        random.Fill(secrets);
        var pair = new PrekeyPair(
            secrets[..X25519KeyPair.KeySize],
            secrets[X25519KeyPair.KeySize..],
            now.ToUnixTimeMilliseconds()
        );
        CryptographicOperations.ZeroMemory(secrets);
        return pair;
    }

    /// <summary>False if the bytes are not what <see cref="Export"/> gave.</summary>
    public static bool TryImport(ReadOnlySpan<byte> exported, out PrekeyPair pair)
    {
        pair = null!;
        if (exported.Length != ExportSize || exported[0] != Version)
        {
            return false;
        }
        var createdAtMs = BinaryPrimitives.ReadInt64BigEndian(exported[1..]);
        if (
            createdAtMs < DateTimeOffset.MinValue.ToUnixTimeMilliseconds()
            || createdAtMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        )
        {
            return false;
        }
        pair = new(exported.Slice(9, X25519KeyPair.KeySize), exported[(9 + X25519KeyPair.KeySize)..], createdAtMs);
        return true;
    }

    /// <summary>What goes into the Card; a copy.</summary>
    public Prekey Public => _public.Clone();

    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(_public.CreatedAtMs);

    /// <summary>Version, Unix milliseconds, both private halves. The caller zeroes it.</summary>
    public byte[] Export()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var exported = new byte[ExportSize];
        exported[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(exported.AsSpan(1), _public.CreatedAtMs);
        _x25519.PrivateKey.CopyTo(exported.AsSpan(9));
        _mlKemSeed.CopyTo(exported, 9 + X25519KeyPair.KeySize);
        return exported;
    }

    public void Dispose()
    {
        _disposed = true;
        _x25519.Dispose();
        CryptographicOperations.ZeroMemory(_mlKemSeed);
    }

    public override string ToString() => $"PrekeyPair({CreatedAt:u})";

    internal ByteString Id => _public.Id;

    internal Prekey Shared => _public;

    internal X25519KeyPair X25519
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _x25519;
        }
    }

    internal ReadOnlySpan<byte> MlKemSeed
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _mlKemSeed;
        }
    }
}
