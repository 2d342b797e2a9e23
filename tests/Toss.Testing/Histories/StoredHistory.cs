using System.Text;
using Toss.Agent;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Crypto.Records;
using Toss.Platform.KeyStores;
using Toss.Storage;
using Toss.Wire;

namespace Toss.Testing.Histories;

/// <summary>
/// Puts clips into the database of a device that is not running, signed by its own key and sealed under its own storage key: as if it
/// had copied them, but for the hours that would take.
/// </summary>
public static class StoredHistory
{
    private const int Batch = 2000;

    public static async Task FillAsync(string data, int clips)
    {
        var random = SystemRandomSource.Instance;
        var keys = new KeyFileKeyStore(Path.Combine(data, "keys"));
        var (_, loaded, detail) = await DeviceSecrets.LoadOrCreateAsync(keys, null, _ => { }, random, default);
        using var secrets = loaded ?? throw new InvalidOperationException(detail);
        using var cipher = new RecordCipher(secrets.StorageKey, random);
        await using var store = await SqliteAgentStore.OpenAsync(Path.Combine(data, "toss.db"), cipher);
        var circle = SignedStatements.IdOf((await store.LoadCircleAsync(default)).Genesis!);
        var text = new HistoryText(1);
        var now = DateTimeOffset.UtcNow;
        for (var done = 0; done < clips; done += Batch)
        {
            var writes = Enumerable
                .Range(done, Math.Min(Batch, clips - done))
                .Select(i => Clip(secrets.Key, circle, text.Next(i), now.AddSeconds(10 * (i - clips)), random))
                .Select(StoreWrite (clip) => new InsertClip(clip))
                .ToList();
            await store.CommitAsync(StoreStep.RecordClip, writes, default);
        }
    }

    private static StoredClip Clip(
        DeviceKey key,
        CircleId circle,
        string text,
        DateTimeOffset at,
        SystemRandomSource random
    )
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var noise = new byte[10];
        random.Fill(noise);
        var ms = at.ToUnixTimeMilliseconds();
        var clip = ClipWriter.Sign(
            key,
            circle,
            ClipId.FromParts(ms, noise),
            new ClipStamp(ms, 0, key.Id),
            Sensitivity.Normal,
            [new Representation(MediaTypes.Text, bytes.Length, bytes, null)]
        );
        return new StoredClip(clip, ClipState.Complete, Claim: true, at);
    }
}
