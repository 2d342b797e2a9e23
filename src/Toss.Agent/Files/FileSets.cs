using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>Files of this machine made a set: sealed into the blob store, with what a clip says of it.</summary>
internal sealed class FileSets(AgentPorts ports, BlobCarrier blobs)
{
    /// <summary>
    /// The files themselves: their names here mean nothing elsewhere. They are read and sealed at the copy, whether anybody pastes them
    /// or not. A <see cref="StoreException"/> if there are none, if they cannot be read, or are more than that.
    /// </summary>
    public async ValueTask<(Representation Set, FileSummary Summary)> SealCopiedAsync(
        ContentRepresentation local,
        SealingTerms terms,
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
            if (tree.Size > terms.MostFiles)
            {
                throw new StoreException(
                    StoreFailure.Other,
                    $"The files are more than the {terms.MostFiles / 1024 / 1024} MiB that are read at a copy. `toss send` sends them."
                );
            }
            await using var source = new CountedSource(tree, terms.MostFiles, static () => { });
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, terms.Overtaken);
            // A set of moments goes into history whatever is copied next.
            var sealing = tree.Size > Limits.CopiedContent ? either.Token : cancellation;
            var blob = await blobs.SealAsync(source, sealing);
            return (new Representation(MediaTypes.Files, blob.Length, null, blob), SummaryOf(tree, sent: false));
        }
        catch (Exception failure) when (failure is FileTreeException or ControlException)
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
