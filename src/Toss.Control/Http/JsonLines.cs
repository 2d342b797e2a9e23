using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Toss.Control.Http;

/// <summary>Reads events as they come, one JSON object a line.</summary>
internal static class JsonLines
{
    /// <param name="isLast">After it the stream may end; null if it may always.</param>
    /// <param name="doing">What the agent was at, if it ends before: "while it was pairing".</param>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        Stream body,
        JsonTypeInfo<T> type,
        Func<T, bool>? isLast,
        string doing,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var reader = new StreamReader(body);
        while (true)
        {
            string? line;
            var isCut = false;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            // A browser's connection breaks by the second.
            catch (Exception failure) when (failure is IOException or HttpRequestException)
            {
                (line, isCut) = (null, true);
            }
            if (line is null)
            {
                if (isLast is null && !isCut)
                {
                    yield break;
                }
                throw new ControlException(
                    ControlErrors.NoDaemon,
                    $"the toss agent ended {doing}",
                    "run `toss up` and try again"
                );
            }
            if (line.Length == 0)
            {
                continue;
            }
            var next = Read(line, type);
            yield return next;
            if (isLast?.Invoke(next) == true)
            {
                yield break;
            }
        }
    }

    private static T Read<T>(string line, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw Unreadable();
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
