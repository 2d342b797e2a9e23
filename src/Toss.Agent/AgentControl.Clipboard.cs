using System.Runtime.InteropServices;
using Toss.Agent.Pasting;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>The clipboard: what is copied by hand of a program, and what is on it.</summary>
public sealed partial class AgentControl
{
    /// <summary>A paste that waits for another program's copy looks this often; our own writes wake it at once.</summary>
    private static readonly TimeSpan PasteLook = TimeSpan.FromMilliseconds(250);

    public async Task<CopyReport> CopyAsync(
        string mediaType,
        Stream content,
        bool isSecret,
        CancellationToken cancellation
    )
    {
        var type = MediaTypes.IsText(mediaType) ? MediaTypes.Text : mediaType;
        var head = await ReadHeadAsync(content, cancellation);
        return await OnAgentAsync(async () =>
        {
            if (head.Length <= Limits.HeldContent)
            {
                return await ShareAsync([new ContentRepresentation(type, head)], isSecret, cancellation);
            }
            if (isSecret)
            {
                throw new ControlException(ControlErrors.TooLarge, "A secret is never stored, and this is too large.");
            }
            if (Device.IsPaused)
            {
                throw Paused();
            }
            try
            {
                var promise = await agent.Spool.SealAsync(head, content, cancellation);
                return await ShareAsync([new ContentRepresentation(type, promise)], isSecret: false, cancellation);
            }
            finally
            {
                MemoryMarshal.AsMemory(head).Span.Clear();
            }
        });
    }

    private static ControlException Paused() => new(ControlErrors.Paused, "Sharing is paused.", "Run `toss resume`.");

    /// <summary>As if copied here, and on this clipboard.</summary>
    /// <param name="byHand">A person chose it out of history: it is no echo of what it was chosen from.</param>
    private async ValueTask<CopyReport> ShareAsync(
        IReadOnlyList<ContentRepresentation> formats,
        bool isSecret,
        CancellationToken cancellation,
        bool byHand = false
    )
    {
        var snapshot = new Snapshot(formats, Concealed: isSecret, Origin: null, Omitted: []);
        var size = formats.Sum(format => format.Size);
        ShareResult? shared = null;
        try
        {
            shared = await agent.Outbound.ShareAsync(snapshot, cancellation, byHand);
        }
        finally
        {
            await agent.Blobs.LetGoAsync(snapshot, shared);
        }
        if (shared.Failure is { } failure)
        {
            throw new ControlException(
                ControlErrors.Storage,
                failure.Message,
                "Nothing was shared. Free the disk and copy again."
            );
        }
        if (shared.Clip is { } clip)
        {
            // It is written also where the same is there in more formats: a person may want just that, plain text.
            Device.Echo.HoldsNothing();
            await (
                clip.Sensitivity == Sensitivity.Secret
                    ? agent.Secrets.ShowOwnAsync(clip)
                    : agent.Applier.ShowOwnAsync(clip, cancellation)
            );
        }
        return shared.Verdict switch
        {
            AdmitVerdict.Admitted => new CopyReport(shared.Clip!.Id.ToString(), null, size, shared.Peers),
            AdmitVerdict.TooLarge => throw new ControlException(
                ControlErrors.TooLarge,
                $"The content is larger than {agent.Settings.MaxContent / 1024 / 1024} MiB.",
                "See `toss config max-size`."
            ),
            AdmitVerdict.Paused => throw Paused(),
            var verdict => new CopyReport(null, verdict.ToString().ToLowerInvariant(), size, 0),
        };
    }

    public Task<PasteContent?> PasteAsync(string? mediaType, TimeSpan? wait, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var changed = new Wake(agent.Ports.Time);
            void Ring(Clip clip, ApplyOutcome outcome) => changed.Ring();
            agent.Applier.Applied += Ring;
            try
            {
                var deadline = Device.Now + (wait ?? TimeSpan.Zero);
                while (true)
                {
                    var snapshot = await agent.Ports.Clipboard.ReadAsync(cancellation);
                    if (snapshot is not null && Pick(snapshot, mediaType) is { } found)
                    {
                        return new PasteContent(
                            found.MediaType,
                            found.Promise is { } promise
                                ? await BeginAsync(promise, "toss paste", from: 0, cancellation)
                                : new MemoryStream(found.Bytes.ToArray(), writable: false)
                        );
                    }
                    var left = deadline - Device.Now;
                    if (left <= TimeSpan.Zero)
                    {
                        return null;
                    }
                    await changed.WaitAsync(left < PasteLook ? left : PasteLook, cancellation);
                }
            }
            finally
            {
                agent.Applier.Applied -= Ring;
            }
        });

    /// <summary>Nobody is told that content follows before some of it is here.</summary>
    private static async ValueTask<Stream> BeginAsync(
        IPromise promise,
        string reader,
        long from,
        CancellationToken cancellation
    )
    {
        try
        {
            return await BegunContent.OfAsync(promise.Open(reader), from, cancellation);
        }
        catch (IOException failure)
        {
            throw new ControlException(
                ControlErrors.Empty,
                failure.Message,
                failure.InnerException is StoreException { Failure: StoreFailure.Busy }
                    ? "It goes on by itself when it can, and `toss status` says how far it is: paste again then."
                    : "Copy it again where it was copied."
            );
        }
    }

    private static ContentRepresentation? Pick(Snapshot snapshot, string? mediaType)
    {
        if (mediaType is null)
        {
            return snapshot.Representations.FirstOrDefault(representation =>
                    MediaTypes.IsText(representation.MediaType)
                ) ?? snapshot.Representations.FirstOrDefault();
        }
        return snapshot.Representations.FirstOrDefault(representation =>
            representation.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
            || (MediaTypes.IsText(mediaType) && MediaTypes.IsText(representation.MediaType))
        );
    }

    /// <summary>All of it, or a little more than is held in memory.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>> ReadHeadAsync(Stream content, CancellationToken cancellation)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while (buffer.Length <= Limits.HeldContent && (read = await content.ReadAsync(chunk, cancellation)) > 0)
        {
            buffer.Write(chunk, 0, read);
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
