using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>A device's Ed25519 key (RFC 8032), made once. Its id is derived from the public half.</summary>
public sealed class DeviceKey : IDisposable
{
    /// <summary>Bytes of <see cref="Export"/>: the Ed25519 seed.</summary>
    public const int SeedSize = 32;

    public static DeviceKey Generate(IRandomSource random) => throw new NotImplementedException();

    /// <summary>False unless the seed has <see cref="SeedSize"/> bytes.</summary>
    public static bool TryImport(ReadOnlySpan<byte> seed, out DeviceKey key) => throw new NotImplementedException();

    public DeviceId Id => throw new NotImplementedException();

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey => throw new NotImplementedException();

    /// <summary>Signature over label ‖ 0 ‖ body; the label is one of <see cref="Labels"/>.</summary>
    public Signed Sign(string label, ReadOnlySpan<byte> body) => throw new NotImplementedException();

    /// <summary>The seed; the caller zeroes it.</summary>
    public byte[] Export() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();

    public override string ToString() => $"DeviceKey({Id.Short})";
}
