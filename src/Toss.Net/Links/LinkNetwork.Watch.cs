namespace Toss.Net.Links;

/// <content>The network may be another one than a moment ago: docs/protocol/links.md.</content>
internal sealed partial class LinkNetwork
{
    /// <summary>The network may be another: who has no link is looked for at once, and who has one is asked whether it is there.</summary>
    /// <param name="wasAway">Whether this device slept.</param>
    public void Hurry(bool wasAway)
    {
        List<Link> links;
        lock (_gate)
        {
            _listening?.Endpoint.ForgetMapped();
            _listening?.Plan.Hurry(context.Clock.Now);
            _listening?.Wake.Ring();
            links = [.. All];
        }
        circuits.Hurry();
        links.ForEach(static link => link.Check());
        news.CandidatesChanged(wasAway);
    }
}
