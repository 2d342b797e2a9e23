using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>A blob on its way to a relay, for peers that will look for it there: tried until it is there, or nobody wants it.</summary>
internal sealed class BlobUpload(BlobId blob, Uri relay, Transfer transfer) : IDisposable
{
    private CancellationTokenSource? _stop;

    public BlobId Blob { get; } = blob;

    public Uri Relay { get; } = relay;

    public Transfer Transfer { get; } = transfer;

    /// <summary>Who will look for it.</summary>
    public SortedSet<DeviceId> Peers { get; } = [];

    /// <summary>The last try; null before the first.</summary>
    public Task<BlobTransferStatus>? Trying { get; private set; }

    public bool IsTrying => Trying is { IsCompleted: false };

    /// <summary>By the clock that nobody sets; null while it is not to rest.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>The relay had all of it before this try.</summary>
    public bool WasThere { get; set; }

    public Task<BlobTransferStatus> Try(
        Func<CancellationToken, Task<BlobTransferStatus>> upload,
        CancellationToken cancellation
    )
    {
        _stop?.Dispose();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        (FailedAt, WasThere) = (null, false);
        return Trying = upload(_stop.Token);
    }

    /// <summary>No byte more leaves; what is at the relay stays.</summary>
    public async ValueTask StopAsync()
    {
        if (IsTrying)
        {
            _stop!.Cancel();
            _ = await Trying!;
        }
    }

    public void Dispose() => _stop?.Dispose();
}
