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
        var bytes = await ReadBoundedAsync(content, cancellation);
        var type = MediaTypes.IsText(mediaType) ? MediaTypes.Text : mediaType;
        return await OnAgentAsync(() => ShareAsync([new ContentRepresentation(type, bytes)], isSecret, cancellation));
    }

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
        var size = formats.Sum(format => (long)format.Bytes.Length);
        var shared = await agent.Outbound.ShareAsync(snapshot, cancellation, byHand);
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
            AdmitVerdict.Paused => throw new ControlException(
                ControlErrors.Paused,
                "Sharing is paused.",
                "Run `toss resume`."
            ),
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
                            new MemoryStream(found.Bytes.ToArray(), writable: false)
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

    private async ValueTask<ReadOnlyMemory<byte>> ReadBoundedAsync(Stream content, CancellationToken cancellation)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await content.ReadAsync(chunk, cancellation)) > 0)
        {
            if (buffer.Length + read > Limits.CopiedContent)
            {
                throw new ControlException(
                    ControlErrors.TooLarge,
                    $"The content is larger than {Limits.CopiedContent / 1024 / 1024} MiB.",
                    "Larger content cannot be shared yet."
                );
            }
            buffer.Write(chunk, 0, read);
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
