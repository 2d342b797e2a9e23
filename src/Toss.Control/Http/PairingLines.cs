using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Toss.Control.Http;

/// <summary>Reads the events of a pairing as they come, one JSON object a line.</summary>
internal static class PairingLines
{
    public static async IAsyncEnumerable<PairingEvent> ReadAsync(
        Stream body,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var reader = new StreamReader(body);
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            // A browser's connection breaks by the second.
            catch (Exception failure) when (failure is IOException or HttpRequestException)
            {
                line = null;
            }
            if (line is null)
            {
                throw new ControlException(
                    ControlErrors.NoDaemon,
                    "the toss agent ended while it was pairing",
                    "run `toss up` and try again"
                );
            }
            if (line.Length == 0)
            {
                continue;
            }
            var next = Read(line);
            yield return next;
            if (next is PairingDone or PairingFailed)
            {
                yield break;
            }
        }
    }

    private static PairingEvent Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ControlJson.Default.PairingEvent) ?? throw Unreadable();
        }
        // An event without its discriminator is "not supported", not malformed.
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            throw Unreadable();
        }
    }

    private static ControlException Unreadable() =>
        new(ControlErrors.Internal, "the toss agent answered with something this program cannot read", "update toss");
}
