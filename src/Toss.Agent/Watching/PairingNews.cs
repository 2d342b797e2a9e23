using System.Threading.Channels;
using Toss.Control;

namespace Toss.Agent.Watching;

/// <summary>
/// What a pairing writes for the one that runs it, told to all that watch too; but without code and link, since who watches is
/// not who pairs.
/// </summary>
/// <param name="side">`show`, `join`.</param>
internal sealed class PairingNews(string side, ChannelWriter<PairingEvent> writer, EventFeed feed)
    : ChannelWriter<PairingEvent>
{
    public override bool TryWrite(PairingEvent item)
    {
        if (!writer.TryWrite(item))
        {
            return false;
        }
        if (Of(item) is { } news)
        {
            feed.Note(news);
        }
        return true;
    }

    public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) =>
        writer.WaitToWriteAsync(cancellationToken);

    public override bool TryComplete(Exception? error = null) => writer.TryComplete(error);

    private PairingChanged? Of(PairingEvent happened) =>
        happened switch
        {
            PairingOpened opened => new PairingChanged(side, "opened", opened.PairingId),
            PairingWarning warning => new PairingChanged(side, "wrong-code", Message: warning.Message),
            PairingConfirm asked => new PairingChanged(
                side,
                "asked",
                asked.PairingId,
                Name: asked.Name,
                Fingerprint: asked.Fingerprint
            ),
            PairingDone done => new PairingChanged(side, "paired", Id: done.Id, Name: done.Name),
            PairingFailed failed => new PairingChanged(side, "failed", Code: failed.Code, Message: failed.Message),
            _ => null,
        };
}
