using Toss.Control;
using Toss.Wire;

namespace Toss.Agent.Examination;

/// <summary>What a running agent can tell of itself for `toss doctor`, in the order in which it is shown.</summary>
internal sealed class AgentExamination(DeviceAgent agent)
{
    public async ValueTask<IReadOnlyList<DoctorCheck>> RunAsync(StatusReport status, CancellationToken cancellation)
    {
        var found = await agent.Ports.Network.ExamineAsync(cancellation);
        var seen = found.SeenWithoutLink.Select(agent.Device.Circle.NameOf).ToList();
        return
        [
            .. NetworkChecks.OfMachine(found),
            NetworkChecks.Firewall(found, seen),
            NetworkChecks.Nat(found),
            NetworkChecks.Router(found),
            .. RelayChecks.Of(found.Relays, status),
            ClockCheck.Of(
                [
                    .. found
                        .Relays.Where(relay => relay.ClockAhead is not null)
                        .Select(relay => ($"the clock of {relay.Relay.Host}", relay.ClockAhead!.Value)),
                    .. agent
                        .Device.Circle.Peers.Where(peer => agent.Device.Clock.OffsetOf(peer.Device) is not null)
                        .Select(peer => ($"the clock of {peer.Name}", agent.Device.Clock.OffsetOf(peer.Device)!.Value)),
                ],
                Limits.StampAhead
            ),
            await ClipboardCheck.OfAsync(agent.Ports.Clipboard, agent.Ports.Time, cancellation),
            KeyStore(agent.Options.KeyStoreKind),
        ];
    }

    private static DoctorCheck KeyStore(string kind) =>
        kind == "key-file"
            ? new DoctorCheck(
                "key-store",
                DoctorCheck.Warning,
                kind,
                "open: the device key lies in a file that only its owner can read; no key store of the desktop protects it",
                "as it should be on a server; on a desktop, start its keyring before a new device is made"
            )
            : new DoctorCheck("key-store", DoctorCheck.Ok, kind, $"{kind}: open");
}
