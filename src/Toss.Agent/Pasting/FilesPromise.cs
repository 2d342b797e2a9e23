using Toss.Agent.Files;
using Toss.Agent.Scheduling;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Core.Streams;
using Toss.Crypto.Blobs;

namespace Toss.Agent.Pasting;

/// <summary>
/// A copied set of files on somebody's clipboard: its paths, which are given when all of it was fetched and stands where they say.
/// Asked on any thread; what it does, it does on the agent's.
/// </summary>
internal sealed class FilesPromise(Promises promises, CopiedFiles files, Clip clip) : IPromise
{
    private readonly SynchronizationContext _agent = SynchronizationContext.Current ?? new SynchronizationContext();
    private volatile bool _isWritten;

    /// <summary>Names are made safe, and numbered, where they stand.</summary>
    public long? Size => null;

    public BlobReference Blob => clip.Blobs.Single();

    /// <summary>Nobody but a person makes them take their place on this disk.</summary>
    public bool IsHere => _isWritten;

    public Stream Open(string? reader) =>
        new ComputedStream(cancellation => new(_agent.RunAsync(() => PathsAsync(reader ?? "a program", cancellation))));

    public void Refused(string? reader, PasteRefusal why) => promises.Refused(clip, reader, why);

    private async ValueTask<ReadOnlyMemory<byte>> PathsAsync(string reader, CancellationToken cancellation)
    {
        promises.Note(clip, $"to {reader}{(_isWritten ? "" : ", as files")}");
        try
        {
            var paths = await files.PathsAsync(clip, cancellation);
            _isWritten = true;
            promises.Note(clip, $"to {reader}: {paths.Count} paths");
            return LocalFiles.Write(paths);
        }
        catch (StoreException failure)
        {
            promises.Note(clip, $"to {reader}: nothing; {failure.Message}");
            throw new IOException(failure.Message, failure);
        }
    }
}
