using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>Both halves of one prekey: X25519 and ML-KEM-768. Exported sealed by the record cipher only.</summary>
public sealed class PrekeyPair : IDisposable
{
    public static PrekeyPair Generate(IRandomSource random, DateTimeOffset now) => throw new NotImplementedException();

    public static bool TryImport(ReadOnlySpan<byte> exported, out PrekeyPair pair) =>
        throw new NotImplementedException();

    /// <summary>What goes into the Card.</summary>
    public Prekey Public => throw new NotImplementedException();

    public DateTimeOffset CreatedAt => throw new NotImplementedException();

    public byte[] Export() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
