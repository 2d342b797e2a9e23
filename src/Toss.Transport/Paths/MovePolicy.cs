namespace Toss.Transport.Paths;

/// <summary>
/// Whether a link that stands is to be moved to another address of its peer.
/// <para>
/// A link takes the first way that answers, which is the right one to begin with and may be a poor one to stay on: the VPN showed
/// the peer a moment before the network itself did, or two devices that met across the internet are in one network now. A way
/// within a network of real interfaces is better than any other, however fast that is: nothing of it leaves the house, and
/// it stands when the VPN falls. Ways of one kind differ by their round trip, and by less than 5 ms not at all. To know that of
/// another way it has to be dialled, which is not done where nothing could be gained.
/// </para>
/// <para>
/// It must not go to and fro. What answers but is no better is asked again after a minute, then ever more rarely; so is a link
/// that was moved, whichever side moved it, since the two ends may see it differently. Only news begins anew: another network, or an
/// address that was not known.
/// </para>
/// A pure function of what is known.
/// </summary>
public sealed class MovePolicy
{
    /// <summary>Of a new link, or after news: others are announced within this, and answer.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    /// <summary>Between the first look and the second.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(60);

    /// <summary>Between two looks at last: each costs a handshake.</summary>
    public static readonly TimeSpan Last = TimeSpan.FromMinutes(16);

    /// <summary>The pause that follows this one.</summary>
    public static TimeSpan After(TimeSpan pause) => pause * 2 < Last ? pause * 2 : Last;

    /// <summary>Whether it is worth a handshake to learn how fast the other way is.</summary>
    public bool MayBeBetter(WayKind other, WayKind current, TimeSpan? roundTrip) =>
        other < current || (other == current && roundTrip > PathSelector.Margin);

    /// <summary>Whether the link is to be moved to a way that was measured.</summary>
    public bool IsBetter(WayKind other, TimeSpan otherRoundTrip, WayKind current, TimeSpan roundTrip) =>
        other < current || (other == current && roundTrip - otherRoundTrip >= PathSelector.Margin);
}
