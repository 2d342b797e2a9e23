using System.Globalization;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;

namespace Toss.Testing.Storage;

/// <summary>
/// A process that commits without end and says which commits were acknowledged, to be killed at any moment. Each commit
/// is a clip with its number as text, and a version of the sessions with one peer.
/// </summary>
public static class CommitStream
{
    /// <summary>The environment variable that turns a test process into this one: the database's path.</summary>
    public const string Variable = "TOSS_TEST_COMMIT_STREAM";

    public static byte[] Key => new byte[RecordCipher.KeySize];

    public static Wire.DeviceId Peer => new(1, 2);

    public static async Task RunAsync(string path, TextWriter acknowledged)
    {
        using var cipher = new RecordCipher(Key, SystemRandomSource.Instance);
        await using var store = await SqliteAgentStore.OpenAsync(path, cipher);
        var sessions = await store.LoadSessionsAsync(Peer, CancellationToken.None);
        for (var number = sessions?.Version ?? 0; ; number++)
        {
            var samples = new StoreSamples(number);
            var text = number.ToString(CultureInfo.InvariantCulture);
            var result = await store.CommitAsync(
                StoreStep.RecordClip,
                [
                    new InsertClip(samples.Clip(text, (long)number)),
                    new PutSessions(Peer, number, samples.Bytes(2000), [samples.Session()]),
                ],
                CancellationToken.None
            );
            if (result != CommitResult.Committed)
            {
                throw new InvalidOperationException("Nobody else writes sessions.");
            }
            await acknowledged.WriteLineAsync(text);
            await acknowledged.FlushAsync();
        }
    }
}
