using Microsoft.Extensions.Logging;
using Toss.Agent.Pasting;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Large content on its way to become a clip, whether a program copied it or `toss copy`: sealed as it comes, and never whole in
/// memory.
/// </summary>
internal sealed class ContentSpool(AgentPorts ports, Device device, AgentSettings settings, BlobCarrier blobs)
    : IContentSpool
{
    private readonly ILogger _log = ports.Logs.CreateLogger<ContentSpool>();
    private readonly SynchronizationContext _agent = SynchronizationContext.Current ?? new SynchronizationContext();

    /// <summary>Why the last large copy of a program is not shared, until one is. For `toss status`.</summary>
    public WarningReport? Warning { get; private set; }

    /// <summary>
    /// What was read of a source, and the rest of it, to its end; on the agent's thread. Throws <see cref="StoreException"/>, and
    /// `too-large` if it is more than the user allows: then nothing of it stays.
    /// </summary>
    public async ValueTask<SealedContent> SealAsync(
        ReadOnlyMemory<byte> head,
        Stream rest,
        CancellationToken cancellation
    )
    {
        // The stamp first: what others copy while this is sealed is newer.
        var begun = device.Stamps.Next(device.CircleNow);
        await using var all = new BoundedCopy(head, rest, Math.Min(Limits.Content, settings.MaxContent));
        return blobs.Own(await blobs.SealAsync(all, cancellation), begun);
    }

    public Task<IPromise?> SealAsync(Stream source, string? program) =>
        _agent.RunAsync(() => SealCopiedAsync(source, program));

    public void LetGo(IPromise sealedContent) =>
        _agent.Post(
            async _ =>
            {
                try
                {
                    await blobs.LetGoAsync(sealedContent);
                }
                catch (ObjectDisposedException)
                {
                    // The agent has ended meanwhile; the next start erases it.
                }
            },
            null
        );

    private async ValueTask<IPromise?> SealCopiedAsync(Stream source, string? program)
    {
        // What is not to be shared goes onto no disk either.
        if (device.IsPaused || Admission.IsExcluded(program, settings.Excluded))
        {
            return null;
        }
        try
        {
            var promise = await SealAsync(default, source, CancellationToken.None);
            Warning = null;
            return promise;
        }
        catch (ControlException)
        {
            return null;
        }
        catch (StoreException failure)
        {
            Warning = new(WarningCodes.CopyNotRecorded, $"The last copy was not shared: {failure.Message}");
            _log.NotRecorded(failure.Failure.ToString(), failure);
            return null;
        }
    }
}
