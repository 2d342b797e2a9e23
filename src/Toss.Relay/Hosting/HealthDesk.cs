using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Relay.Routing;

namespace Toss.Relay.Hosting;

/// <summary>Answers /health. Counting reads the database, so a count serves for a while: anybody may ask.</summary>
internal sealed class HealthDesk(
    Router router,
    IMailboxStore mailboxes,
    IBlobStore blobs,
    uint protocol,
    TimeProvider time
)
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(5);

    private volatile Counted? _counted;

    public async Task AnswerAsync(HttpContext context)
    {
        var now = time.GetUtcNow();
        if (_counted is not { } counted || now - counted.At >= CountEvery)
        {
            _counted = counted = await CountAsync(now);
        }
        context.Response.StatusCode = counted.Works ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var circuits = router.Circuits;
        var report = new HealthReport(
            counted.Works ? "ok" : "storage",
            RelayVersion.Text,
            protocol,
            router.Connections,
            router.Online,
            counted.Mail.Mailboxes,
            counted.Mail.Envelopes,
            counted.Mail.Bytes,
            counted.Blob.Blobs,
            counted.Blob.Bytes,
            counted.Blob.Unfinished,
            circuits.Open,
            circuits.Opened,
            circuits.Bytes,
            circuits.Dropped,
            circuits.ByUdp
        );
        await context.Response.WriteAsJsonAsync(report, HealthJson.Default.HealthReport);
    }

    private async Task<Counted> CountAsync(DateTimeOffset now)
    {
        try
        {
            return new Counted(now, true, await mailboxes.CountAsync(), await blobs.CountAsync());
        }
        catch (RelayStorageException)
        {
            return new Counted(now, false, default, default);
        }
    }

    private sealed record Counted(DateTimeOffset At, bool Works, MailboxCounts Mail, BlobCounts Blob);
}
