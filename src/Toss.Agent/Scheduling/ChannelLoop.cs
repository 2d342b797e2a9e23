using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Toss.Agent.Scheduling;

/// <summary>Reading channels without leaving the agent's scheduler; ChannelReader.ReadAllAsync continues on the thread pool in between.</summary>
internal static class ChannelLoop
{
    public static async IAsyncEnumerable<T> EachAsync<T>(
        this ChannelReader<T> reader,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        while (await reader.WaitToReadAsync(cancellation))
        {
            while (reader.TryRead(out var next))
            {
                yield return next;
            }
        }
    }
}
