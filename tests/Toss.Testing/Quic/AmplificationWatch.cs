using Toss.Quic;
using Xunit;

namespace Toss.Testing.Quic;

/// <summary>
/// Counts, on the wire, what a server sends to each address and what came from there: no more than three times as much
/// until somebody is known to be there (RFC 9000 §8).
/// </summary>
internal sealed class AmplificationWatch
{
    private readonly QuicPair _pair;
    private readonly Dictionary<NetworkPath, (long Received, long Sent)> _counted = [];
    private readonly HashSet<NetworkPath> _validated = [];

    public AmplificationWatch(QuicPair pair)
    {
        _pair = pair;
        pair.Server.Hears = (from, length) => Count(from, received: length, sent: 0);
        pair.Server.Sends = (sent, segment) =>
        {
            var (received, all) = Count(sent.Path, received: 0, sent: segment.Length);
            Assert.True(
                IsValidated(sent.Path) || all <= 3 * received,
                $"{all} bytes went where only {received} came from, and nobody is known to be"
            );
            return true;
        };
    }

    private bool IsValidated(in NetworkPath path) =>
        _validated.Contains(path) || (_pair.AtServer?.IsAtAddress(path) == true && _validated.Add(path));

    private (long Received, long Sent) Count(in NetworkPath path, int received, int sent)
    {
        var (before, beforeSent) = _counted.GetValueOrDefault(path);
        return _counted[path] = (before + received, beforeSent + sent);
    }
}
