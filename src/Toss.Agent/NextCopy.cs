using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// The copy after the one that is being shared. Files may be gigabytes to seal: who copies something else meanwhile does not wait for
/// what nobody will paste.
/// </summary>
internal sealed class NextCopy(IClipboard clipboard)
{
    /// <summary>Cancelled when it is there, while files are shared.</summary>
    public CancellationToken Overtakes { get; private set; }

    /// <summary>Shares a copy, until it is overtaken if it is one of files: null then, and of a cleared clipboard.</summary>
    /// <param name="share">May throw <see cref="OperationCanceledException"/> when it is overtaken.</param>
    public async ValueTask<ShareResult?> OvertakesAsync(
        Snapshot snapshot,
        Func<ValueTask<ShareResult>> share,
        CancellationToken cancellation
    )
    {
        if (snapshot.Representations.All(one => one.MediaType != MediaTypes.LocalFiles))
        {
            return snapshot.IsCleared ? null : await share();
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var next = CancelAtNextAsync(either);
        try
        {
            Overtakes = either.Token;
            return await share();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Overtakes = default;
            either.Cancel();
            await next;
        }
    }

    private async Task CancelAtNextAsync(CancellationTokenSource sharing)
    {
        try
        {
            await clipboard.Changes.WaitToReadAsync(sharing.Token);
            sharing.Cancel();
        }
        catch (OperationCanceledException)
        {
            // It was shared before anybody copied something else.
        }
    }
}
