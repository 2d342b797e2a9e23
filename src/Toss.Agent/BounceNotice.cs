using Microsoft.Extensions.Logging;
using Toss.Control;
using Toss.Core.Sync;

namespace Toss.Agent;

/// <summary>Tells of copies that come round again and again: logged once, and shown for as long as that is reckoned with.</summary>
internal sealed class BounceNotice(AgentPorts ports, Device device)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<BounceNotice>();
    private DateTimeOffset? _last;

    public WarningReport? Warning =>
        IsShown
            ? new WarningReport(
                WarningCodes.Bounces,
                "Something carries the clipboard between this device and another one of yours and changes it on the way: a copy "
                    + "that came round three times is not shared any more. Look for a remote desktop or another program that shares "
                    + "clipboards, and turn that off there."
            )
            : null;

    public void Note(AdmitVerdict verdict)
    {
        if (verdict != AdmitVerdict.Bounce)
        {
            return;
        }
        if (!IsShown)
        {
            _log.Bounced();
        }
        _last = device.SteadyNow;
    }

    private bool IsShown => _last is { } last && device.SteadyNow - last < EchoFilter.BridgeMemory;
}
