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

    /// <summary>Null where files cannot be read, or they are more than is read at a copy.</summary>
    /// <exception cref="FileTreeException">There is nothing to read, or it cannot be.</exception>
    public async ValueTask<(Representation Set, FileSummary Summary)?> SealCopiedAsync(
        ContentRepresentation local,
        CancellationToken cancellation
    )
    {
        if (ports.Files is not { } files)
        {
            return null;
        }
        await using var tree = await files.OpenAsync(LocalFiles.Read(local.Bytes.Span), cancellation);
        if (tree.Size > MostCopied)
        {
            return null;
        }
        await using var source = new CountedSource(tree, Limits.Content, static () => { });
        var blob = await blobs.SealAsync(source, cancellation);
        return (new Representation(MediaTypes.Files, blob.Length, null, blob), SummaryOf(tree, sent: false));
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
