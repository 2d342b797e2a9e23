using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>Files of this machine made a set: sealed into the blob store, with what a clip says of it.</summary>
internal sealed class FileSets(AgentPorts ports, BlobCarrier blobs)
{
    /// <summary>
    /// Files that are copied go at once up to this: they are read and sealed at the copy, whether anybody pastes them or not. More
    /// is for `toss send`.
    /// </summary>
    public const long MostCopied = Limits.CopiedContent;

    /// <summary>
    /// The files themselves: their names here mean nothing elsewhere. A <see cref="StoreException"/> if there are none, if they cannot be
    /// read, or are more than is read at a copy.
    /// </summary>
    public async ValueTask<(Representation Set, FileSummary Summary)> SealCopiedAsync(
        ContentRepresentation local,
        CancellationToken cancellation
    )
    {
        if (ports.Files is not { } files)
        {
            throw new StoreException(StoreFailure.Other, "This device has no files to share.");
        }
        try
        {
            await using var tree = await files.OpenAsync(LocalFiles.Read(local.Bytes.Span), cancellation);
            if (tree.Size > MostCopied)
            {
                throw new StoreException(
                    StoreFailure.Other,
                    $"The files are more than {MostCopied / 1024 / 1024} MiB. `toss send` sends them."
                );
            }
            await using var source = new CountedSource(tree, Limits.Content, static () => { });
            var blob = await blobs.SealAsync(source, cancellation);
            return (new Representation(MediaTypes.Files, blob.Length, null, blob), SummaryOf(tree, sent: false));
        }
        catch (FileTreeException failure)
        {
            throw new StoreException(StoreFailure.Other, failure.Message, failure);
        }
    }

    public static FileSummary SummaryOf(IFileTree tree, bool sent) =>
        new()
        {
            Sent = sent,
            Files = (uint)tree.Files,
            Folders = (uint)tree.Folders,
            Bytes = tree.Size,
            Names = { tree.Names.Take(FileSetLimits.SummaryNames) },
            Changed = (uint)tree.Changed.Count,
            Skipped = (uint)tree.Skipped.Count,
        };
}
