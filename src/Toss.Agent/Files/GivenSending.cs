using System.Threading.Channels;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Files;

namespace Toss.Agent.Files;

/// <summary>
/// Files that are sent by hand and whose bytes come with the request. What cannot be sent is refused before any of it is read; all
/// else is <see cref="FileSending"/>'s.
/// </summary>
internal sealed class GivenSending(DeviceAgent agent)
{
    /// <summary>Sets whose bytes come at a time: more windows than a person has; each holds two pieces in memory.</summary>
    public const int Most = 4;

    private int _coming;

    /// <summary>Fails with <see cref="ControlException"/> if it would be refused now.</summary>
    public async ValueTask CheckAsync(GivenFilesRequest request, CancellationToken cancellation)
    {
        _ = await AdmitAsync(request, cancellation);
        RefuseIfBusy();
    }

    public async Task RunAsync(
        GivenFilesRequest request,
        Stream content,
        IReadOnlyList<DeviceCard> to,
        ChannelWriter<SendEvent> events,
        CancellationToken cancellation
    )
    {
        var entries = await AdmitAsync(request, cancellation);
        RefuseIfBusy();
        _coming++;
        var files = new GivenFiles(entries, content, ended: () => _coming--);
        var sending = new FileSending(agent) { GoesOnOnceSealed = true };
        await sending.RunAsync(_ => new(files), to, events, cancellation);
    }

    private async ValueTask<IReadOnlyList<FileEntry>> AdmitAsync(
        GivenFilesRequest request,
        CancellationToken cancellation
    )
    {
        var entries = GivenEntries.Read(request, agent.Ports.Time.GetUtcNow());
        var size = entries.Sum(static entry => entry.Size);
        if (CountedSource.RefusalOf(size, agent.Settings.Retention.Bytes) is { } refusal)
        {
            throw refusal;
        }
        return size <= await agent.Ports.Blobs.FreeAsync(cancellation)
            ? entries
            : throw new ControlException(
                ControlErrors.Storage,
                "The disk has no room for these files.",
                "Files are encrypted on this disk before they go; there has to be room for them."
            );
    }

    private void RefuseIfBusy()
    {
        if (_coming == Most)
        {
            throw new ControlException(
                ControlErrors.Busy,
                "Other files are being read for sending.",
                "Try again when they are on their way."
            );
        }
    }
}
