using Toss.Core.Clips;
using Toss.Core.Streams;
using Toss.Crypto.Blobs;

namespace Toss.Platform.Clipboards;

/// <summary>A promise of something small in another form of it: what is a list of paths here is one of addresses to a program.</summary>
/// <param name="encode">The form, of all of the content.</param>
internal sealed class EncodedPromise(IPromise content, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> encode)
    : IPromise
{
    /// <summary>Bytes of content that is taken: every path of a list that there may be.</summary>
    private const int Most = Core.Files.LocalFiles.MostBytes;

    /// <summary>Nobody knows before it is here.</summary>
    public long? Size => null;

    public BlobReference Blob => content.Blob;

    public bool IsHere => content.IsHere;

    public Stream Open(string? reader) =>
        new ComputedStream(async cancellation => encode(await ReadAsync(content.Open(reader), cancellation)));

    public void Refused(string? reader, PasteRefusal why) => content.Refused(reader, why);

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(Stream source, CancellationToken cancellation)
    {
        await using (source)
        {
            var all = new MemoryStream();
            var piece = new byte[16 * 1024];
            for (int read; (read = await source.ReadAsync(piece, cancellation)) > 0; )
            {
                if (all.Length + read > Most)
                {
                    throw new IOException("There is more of it than a clipboard takes.");
                }
                all.Write(piece, 0, read);
            }
            return all.ToArray();
        }
    }
}
