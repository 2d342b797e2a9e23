using System.Security.Cryptography;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>
/// Sees every envelope that leaves a device. A message key is used once: the same session, ratchet key, number and salt
/// always come with the same bytes, whatever crashed in between.
/// </summary>
public sealed class EnvelopeWatch
{
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    public int Count => _seen.Count;

    /// <summary>All that were handed to the relay, repetitions too.</summary>
    public int Handed { get; private set; }

    /// <summary>What was wrong first; null while nothing was.</summary>
    public string? Problem { get; private set; }

    /// <param name="frame">A whole frame on its way to the relay; anything but a delivery is of no interest.</param>
    public void See(ReadOnlySpan<byte> frame)
    {
        var parsed = RelayFrame.Parser.ParseFrom(frame);
        if (parsed.FrameCase != RelayFrame.FrameOneofCase.Deliver)
        {
            return;
        }
        Handed++;
        var envelope = Envelope.Parser.ParseFrom(parsed.Deliver.Envelope);
        var header = EnvelopeHeader.Parser.ParseFrom(envelope.Header);
        var use = string.Join(
            '.',
            Convert.ToHexStringLower(header.SessionId.Span),
            Convert.ToHexStringLower(header.RatchetKey.Span),
            header.Number,
            Convert.ToHexStringLower(header.Salt.Span)
        );
        var bytes = Convert.ToHexStringLower(SHA256.HashData(parsed.Deliver.Envelope.Span));
        if (!_seen.TryAdd(use, bytes) && _seen[use] != bytes)
        {
            Problem ??= $"Two envelopes under one key and nonce: message {header.Number}.";
        }
    }
}
