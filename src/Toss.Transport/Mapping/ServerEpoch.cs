namespace Toss.Transport.Mapping;

/// <summary>Whether a router still knows what it told before: its seconds must go on as ours do (RFC 6887 §8.5).</summary>
internal sealed class ServerEpoch
{
    private (uint Server, DateTimeOffset Client)? _last;

    /// <summary>False if it began anew since the last answer, and has forgotten its mappings.</summary>
    public bool GoesOn(uint epoch, DateTimeOffset now)
    {
        var before = _last;
        _last = (epoch, now);
        if (before is not var (server, client))
        {
            return true;
        }
        if (epoch + 1L < server)
        {
            return false;
        }
        var (theirs, ours) = (epoch - (double)server, (now - client).TotalSeconds);
        // Clocks differ by a sixteenth at most, and answers take up to two seconds.
        return ours + 2 >= theirs - (theirs / 16) && theirs + 2 >= ours - (ours / 16);
    }
}
