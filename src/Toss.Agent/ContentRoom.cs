using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The place that history and its content may take on the disk: what is oldest makes room for what is new, but never what
/// somebody reads, fetches or is being sent.
/// </summary>
internal sealed class ContentRoom(AgentPorts ports, Device device, AgentSettings settings)
{
    private readonly BlobSweep _sweep = new(ports);
    private readonly Dictionary<ClipId, int> _leases = [];

    /// <summary>The clip stays until what this gives is disposed.</summary>
    public IDisposable Lease(ClipId clip)
    {
        _leases[clip] = _leases.GetValueOrDefault(clip) + 1;
        return new Held(this, clip);
    }

    /// <summary>What is past retention and expiry goes, with its files.</summary>
    public ValueTask<SweepResult> SweepAsync(CancellationToken cancellation) =>
        _sweep.EraseAsync(
            () =>
                ports.Store.SweepAsync(
                    device.Now,
                    settings.Retention with
                    {
                        Pinned = _leases.Keys.ToHashSet(),
                    },
                    cancellation
                ),
            cancellation
        );

    /// <summary>Older clips make room for the content of a recorded one. False if it never fits.</summary>
    public async ValueTask<bool> MakeForAsync(Clip clip, CancellationToken cancellation)
    {
        if (clip.Size > settings.Retention.Bytes)
        {
            return false;
        }
        using (Lease(clip.Id))
        {
            await SweepAsync(cancellation);
        }
        return true;
    }

    private sealed class Held(ContentRoom room, ClipId clip) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (_isOver)
            {
                return;
            }
            _isOver = true;
            if (--room._leases[clip] == 0)
            {
                _ = room._leases.Remove(clip);
            }
        }
    }
}
