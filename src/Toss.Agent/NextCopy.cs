using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Sync;

namespace Toss.Agent;

/// <summary>
/// The copy after the one that is being shared. Files may be gigabytes to seal: who copies something else meanwhile does not wait for
/// what nobody will paste.
/// </summary>
internal sealed class NextCopy(AgentPorts ports)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<NextCopy>();

    /// <summary>Cancelled when it is there, while files are shared.</summary>
    public CancellationToken Overtaken { get; private set; }

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
        var next = CancelAtNextAsync(snapshot, either);
        try
        {
            Overtaken = either.Token;
            return await share();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _log.NotAdmitted("Overtaken");
            return null;
        }
        finally
        {
            Overtaken = default;
            either.Cancel();
            await next;
        }
    }

    private async Task CancelAtNextAsync(Snapshot snapshot, CancellationTokenSource sharing)
    {
        try
        {
            if (
                await ports.Clipboard.Changes.WaitToReadAsync(sharing.Token)
                && ports.Clipboard.Changes.TryPeek(out var next)
                && Overtakes(next, snapshot)
            )
            {
                sharing.Cancel();
            }
        }
        catch (OperationCanceledException)
        {
            // It was shared before anybody copied something else.
        }
    }

    /// <summary>A clipboard that is emptied, a password and the same once more take nothing's place.</summary>
    private static bool Overtakes(Snapshot next, Snapshot snapshot) =>
        next is { IsCleared: false, Concealed: false, Representations.Count: > 0 }
        && ContentFingerprint.ExactlyOf(next.Representations) != ContentFingerprint.ExactlyOf(snapshot.Representations);
}
