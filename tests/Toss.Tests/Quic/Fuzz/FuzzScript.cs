namespace Toss.Tests.Quic.Fuzz;

/// <summary>What is done to one packet or datagram of a connection.</summary>
internal enum Meddling : byte
{
    /// <summary>The packet's frames, under its right keys: bits of some bytes turned.</summary>
    Flip,

    /// <summary>Bytes put among them.</summary>
    Insert,

    /// <summary>Bytes cut out, as many as there would be to insert.</summary>
    Cut,

    /// <summary>Others instead.</summary>
    Replace,

    /// <summary>Others behind them.</summary>
    Append,

    /// <summary>The reserved bits or the key phase of its header set, under its right keys.</summary>
    Header,

    /// <summary>The datagram as it is on the wire: bits turned.</summary>
    FlipRaw,

    /// <summary>Cut short.</summary>
    CutRaw,

    Drop,
    Twice,

    /// <summary>After the next one.</summary>
    Late,

    /// <summary>From an address that the connection does not know.</summary>
    Elsewhere,

    /// <summary>Another datagram in its place.</summary>
    ReplaceRaw,

    /// <summary>More bytes behind its packets.</summary>
    AppendRaw,
}

/// <summary>
/// An input of the fuzzer as orders for whoever stands between two ends: the first byte sets them up, then each order has
/// how many datagrams pass unharmed before it, what to do, where, how many bytes follow (0 to 255), and these.
/// </summary>
internal ref struct FuzzScript(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input.IsEmpty ? input : input[1..];

    public byte Setup { get; } = input.IsEmpty ? (byte)0 : input[0];

    public bool TryNext(out int skip, out Meddling what, out int at, out ReadOnlySpan<byte> bytes)
    {
        (skip, what, at) = (0, default, 0);
        bytes = default;
        if (_rest.Length < 4)
        {
            return false;
        }
        skip = _rest[0] & 0x1f;
        what = (Meddling)(_rest[1] % ((int)Meddling.AppendRaw + 1));
        at = _rest[2];
        var length = Math.Min(_rest[3], _rest.Length - 4);
        bytes = _rest.Slice(4, length);
        _rest = _rest[(4 + length)..];
        return true;
    }
}
