using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Toss.Transport.Mdns;

/// <summary>
/// A domain name as it stands in a message: labels of 1 to 63 bytes, 255 bytes at most with their lengths and the final
/// zero (RFC 1035 §3.1). Two that differ only in the case of ASCII letters are one (RFC 6762 §16).
/// </summary>
public sealed class DnsName : IEquatable<DnsName>
{
    public const int MaxBytes = 255;
    public const int MaxLabel = 63;

    private readonly byte[] _wire;
    private readonly string _key;

    private DnsName(byte[] wire)
    {
        _wire = wire;
        // Lengths are below any letter.
        _key = string.Create(
            wire.Length,
            wire,
            static (key, wire) =>
            {
                for (var i = 0; i < key.Length; i++)
                {
                    key[i] = char.IsAsciiLetterUpper((char)wire[i]) ? (char)(wire[i] | 0x20) : (char)wire[i];
                }
            }
        );
    }

    /// <summary>Uncompressed, with the final zero.</summary>
    public ReadOnlySpan<byte> Wire => _wire;

    /// <summary>The first label; empty for the root.</summary>
    public ReadOnlySpan<byte> Label => _wire.AsSpan(1, _wire[0]);

    /// <summary>What follows the first label; the root for the root.</summary>
    public DnsName Parent => _wire[0] == 0 ? this : new DnsName(_wire[(1 + _wire[0])..]);

    /// <summary>From labels with dots between; a name of this program's own.</summary>
    /// <exception cref="ArgumentException">A label or the whole is too long, or a label is empty.</exception>
    public static DnsName Of(string dotted)
    {
        var wire = new List<byte>();
        foreach (var label in dotted.Split('.'))
        {
            var bytes = Encoding.UTF8.GetBytes(label);
            if (bytes.Length is 0 or > MaxLabel)
            {
                throw new ArgumentException("A label has 1 to 63 bytes.", nameof(dotted));
            }
            wire.Add((byte)bytes.Length);
            wire.AddRange(bytes);
        }
        wire.Add(0);
        return TryOf([.. wire], out var name)
            ? name
            : throw new ArgumentException("A name has at most 255 bytes.", nameof(dotted));
    }

    /// <summary>This name below one more label.</summary>
    public DnsName Below(string label) => Of(label).Concat(this);

    /// <summary>From bytes that are one whole name without pointers.</summary>
    public static bool TryOf(byte[] wire, [NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        if (wire.Length > MaxBytes)
        {
            return false;
        }
        var at = 0;
        while (at < wire.Length && wire[at] is > 0 and <= MaxLabel)
        {
            at += 1 + wire[at];
        }
        if (at != wire.Length - 1 || wire[at] != 0)
        {
            return false;
        }
        name = new DnsName(wire);
        return true;
    }

    public bool Equals(DnsName? other) => other is not null && _key == other._key;

    public override bool Equals(object? obj) => Equals(obj as DnsName);

    public override int GetHashCode() => string.GetHashCode(_key, StringComparison.Ordinal);

    /// <summary>For tests and their messages; names of others are not logged.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var at = 0; _wire[at] != 0; at += 1 + _wire[at])
        {
            text.Append(Encoding.Latin1.GetString(_wire, at + 1, _wire[at])).Append('.');
        }
        return text.ToString();
    }

    private DnsName Concat(DnsName parent) =>
        TryOf([.. _wire.AsSpan(0, _wire.Length - 1), .. parent._wire], out var name)
            ? name
            : throw new ArgumentException("A name has at most 255 bytes.", nameof(parent));
}
