using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Message keys of messages that were overtaken, oldest first, at most <see cref="Limits.SkippedKeys"/>.</summary>
internal sealed class SkippedMessageKeys : IDisposable
{
    private readonly List<SkippedMessageKey> _keys = [];

    public int Count => _keys.Count;

    public static SkippedMessageKeys FromRecord(IEnumerable<SkippedKey> records)
    {
        var skipped = new SkippedMessageKeys();
        foreach (var record in records)
        {
            skipped._keys.Add(
                new(
                    record.RatchetKey.ToByteArray(),
                    record.Number,
                    SecretBytes.Take(record.MessageKey),
                    record.StoredAtMs
                )
            );
        }
        return skipped;
    }

    public IEnumerable<SkippedKey> ToRecord() =>
        _keys.Select(key => new SkippedKey
        {
            RatchetKey = UnsafeByteOperations.UnsafeWrap(key.RatchetKey),
            Number = key.Number,
            MessageKey = UnsafeByteOperations.UnsafeWrap(key.Key),
            StoredAtMs = key.StoredAtMs,
        });

    public SkippedMessageKeys Clone()
    {
        var copy = new SkippedMessageKeys();
        copy._keys.AddRange(_keys.Select(key => key with { Key = [.. key.Key] }));
        return copy;
    }

    public void Add(byte[] ratchetKey, uint number, byte[] key, long nowMs)
    {
        if (_keys.Count == Limits.SkippedKeys)
        {
            CryptographicOperations.ZeroMemory(_keys[0].Key);
            _keys.RemoveAt(0);
        }
        _keys.Add(new(ratchetKey, number, key, nowMs));
    }

    /// <summary>Removes the key and hands it over; null if it is not here.</summary>
    public byte[]? Take(ReadOnlySpan<byte> ratchetKey, uint number)
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            if (_keys[i].Number == number && ratchetKey.SequenceEqual(_keys[i].RatchetKey))
            {
                var key = _keys[i].Key;
                _keys.RemoveAt(i);
                return key;
            }
        }
        return null;
    }

    /// <summary>Whether a key of this ratchet key waits here: then the ratchet key is an old one.</summary>
    public bool Knows(byte[] ratchetKey) => _keys.Exists(key => key.RatchetKey.AsSpan().SequenceEqual(ratchetKey));

    public bool Expire(long storedUntilMs)
    {
        foreach (var key in _keys.Where(key => key.StoredAtMs <= storedUntilMs))
        {
            CryptographicOperations.ZeroMemory(key.Key);
        }
        return _keys.RemoveAll(key => key.StoredAtMs <= storedUntilMs) > 0;
    }

    public void Dispose()
    {
        foreach (var key in _keys)
        {
            CryptographicOperations.ZeroMemory(key.Key);
        }
        _keys.Clear();
    }

    private sealed record SkippedMessageKey(byte[] RatchetKey, uint Number, byte[] Key, long StoredAtMs);
}
