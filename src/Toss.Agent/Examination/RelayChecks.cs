using Toss.Control;
using Toss.Core.Ports;

namespace Toss.Agent.Examination;

/// <summary>Each relay where this device has a mailbox: whether it is reached, believed, and lets this device in.</summary>
internal static class RelayChecks
{
    public static IEnumerable<DoctorCheck> Of(IReadOnlyList<RelayFindings> relays, StatusReport status)
    {
        if (relays.Count == 0)
        {
            yield return status.Peers.Count == 0
                ? new DoctorCheck(
                    "relay",
                    DoctorCheck.Ok,
                    "none",
                    "none is configured, and there is no other device yet"
                )
                : new DoctorCheck(
                    "relay",
                    DoctorCheck.Warning,
                    "none",
                    "none is configured: devices share only while they are in one network and both on",
                    "`toss config relay wss://…`, if there is one"
                );
        }
        foreach (var relay in relays)
        {
            yield return Of(relay, StateOf(relay.Relay, status));
        }
    }

    private static DoctorCheck Of(RelayFindings relay, RelayStatus? known)
    {
        var name = relay.Relay.Host;
        var trip = relay.RoundTrip?.TotalMilliseconds;
        (string, double)[] measured = trip is null ? [] : [("roundTripMs", trip.Value)];
        var figures = NetworkChecks.Figures([("admitted", relay.IsAdmitted ? 1 : 0), .. measured]);
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("relay", state, code, $"{name}: {message}", next) { Figures = figures };
        return relay.Reach switch
        {
            // Our own connection knows better than a look from beside it.
            _ when relay.IsAdmitted => Check(
                DoctorCheck.Ok,
                "admitted",
                trip is null ? "connected" : $"connected, round trip {trip:0.0} ms"
            ),
            RelayReach.UnknownName => Check(
                DoctorCheck.Problem,
                "unknown-name",
                "no address belongs to this name",
                "check the spelling in `toss config relay`, and whether this machine is online"
            ),
            RelayReach.Silent => Check(
                DoctorCheck.Problem,
                "silent",
                "it does not answer",
                "is it running, and is its port open? What is copied meanwhile is kept"
            ),
            RelayReach.Certificate => Check(
                DoctorCheck.Problem,
                "certificate",
                "its certificate is not trusted",
                "renew it; for one of its own, name its root in TOSS_RELAY_CA and start toss again"
            ),
            RelayReach.NotARelay => Check(
                DoctorCheck.Problem,
                "not-a-relay",
                "what answers there is no toss-relay",
                "check the address in `toss config relay`, and the proxy before the relay"
            ),
            _ when known is { State: "refused" } => Check(
                DoctorCheck.Problem,
                "refused",
                known.Detail ?? "it does not let this device in",
                "see `toss status`"
            ),
            _ => Check(
                DoctorCheck.Warning,
                "not-admitted",
                "it answers, but this device is not logged in yet",
                "wait a minute and look again; then `toss logs`"
            ),
        };
    }

    /// <summary>What a login there came to.</summary>
    /// <param name="isHome">It is the one that this device uses: what is set of it is for no other.</param>
    public static DoctorCheck Of(Uri relay, bool isHome, RelayTrial trial)
    {
        if (trial.Reach != RelayReach.Reached)
        {
            return Of(new RelayFindings(relay, trial.Reach, IsAdmitted: false, null, trial.ClockAhead), known: null);
        }
        var figures = NetworkChecks.Figures(("tookMs", trial.Took.TotalMilliseconds));
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("relay", state, code, $"{relay.Host}: {message}", next) { Figures = figures };
        if (trial.IsAdmitted)
        {
            return Check(
                DoctorCheck.Ok,
                "admitted",
                $"it lets this device in; connecting took {trial.Took.TotalMilliseconds:0} ms"
            );
        }
        var words = StatusWriter.RelayDetail(trial.Refusal, trial.Update);
        return trial.Refusal switch
        {
            null => Check(
                DoctorCheck.Problem,
                "not-admitted",
                "it answers, but did not let this device in within 15 seconds",
                "try again in a minute; the relay's log says more"
            ),
            RelayRefusal.Token => Check(
                DoctorCheck.Problem,
                "token",
                "it wants another token",
                isHome
                    ? "ask whoever runs it for the token: `toss config relay-token TOKEN`"
                    : $"ask whoever runs it for the token: `toss relay test {relay} --token TOKEN`"
            ),
            { } refusal => Check(
                DoctorCheck.Problem,
                StatusWriter.RelayCode(refusal, trial.Update)!,
                words!,
                refusal == RelayRefusal.Version ? "update the older side" : "the relay's log says more"
            ),
        };
    }

    /// <summary>There is none to test.</summary>
    public static DoctorCheck None { get; } =
        new(
            "relay",
            DoctorCheck.Problem,
            "none",
            "none is configured, so there is none to test",
            "name one: `toss relay test wss://…`, then `toss config relay wss://…`"
        );

    private static RelayStatus? StateOf(Uri relay, StatusReport status) =>
        status.OtherRelays.Prepend(status.Relay).FirstOrDefault(one => one.Url == relay.AbsoluteUri);
}
