using System.Globalization;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>Where the files of blobs are below one folder: docs/protocol/storage.md.</summary>
internal sealed class BlobPlaces(string directory)
{
    private const string MapEnding = ".map";
    private readonly Lock _placing = new();

    // Folders that were made, and whose names may not be durable yet.
    private readonly HashSet<string> _unnamed = [];

    public string Root { get; } = Path.GetFullPath(directory);

    /// <summary>What is being sealed here: its id is not known yet.</summary>
    public string Staging => Path.Combine(Root, "staging");

    /// <summary>What comes in pieces.</summary>
    public string Partial => Path.Combine(Root, "partial");

    public string Staged(int number) => Path.Combine(Staging, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A whole blob.</summary>
    public string WholeOf(BlobId blob)
    {
        var name = blob.ToString();
        return Path.Combine(Root, name[..2], name);
    }

    public string PartOf(BlobId blob) => Path.Combine(Partial, blob.ToString());

    /// <summary>Which chunks of the part are durable.</summary>
    public string MapOf(BlobId blob) => PartOf(blob) + MapEnding;

    public IEnumerable<BlobId> Whole()
    {
        // Two hex digits; `staging` and `partial` are longer. What we did not name is not ours to delete.
        foreach (var folder in Directory.EnumerateDirectories(Root, "??"))
        {
            foreach (var path in Directory.EnumerateFiles(folder))
            {
                if (BlobId.TryParse(Path.GetFileName(path), out var blob) && WholeOf(blob) == path)
                {
                    yield return blob;
                }
            }
        }
    }

    public IEnumerable<BlobId> Parts()
    {
        foreach (var path in Directory.EnumerateFiles(Partial))
        {
            if (BlobId.TryParse(Path.GetFileName(path), out var blob))
            {
                yield return blob;
            }
        }
    }

    /// <summary>Bytes that blobs take, of those in part what was taken for them.</summary>
    public long Measure() => Whole().Select(WholeOf).Concat(Parts().Select(PartOf)).Sum(LengthOf);

    /// <summary>Files in the folder of parts that are no part with its map: of a process that ended between the two.</summary>
    public IReadOnlyList<string> Strays() =>
        [
            .. Directory
                .EnumerateFiles(Partial)
                .Where(path =>
                    path.EndsWith(MapEnding, StringComparison.Ordinal)
                        ? !File.Exists(path[..^MapEnding.Length])
                        : !File.Exists(path + MapEnding)
                ),
        ];

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Moves a flushed file to where a whole blob is; under that name it is durable when this returns.</summary>
    public void Place(string file, BlobId blob)
    {
        var target = WholeOf(blob);
        var folder = Path.GetDirectoryName(target)!;
        // A folder that another made a moment ago may not be durable yet.
        lock (_placing)
        {
            if (!Directory.Exists(folder))
            {
                _unnamed.Add(folder);
            }
            OwnerOnly.EnsureDirectory(folder);
            FaultPoint.Before("Blob.Move");
            File.Move(file, target, overwrite: true);
            FaultPoint.After("Blob.Move");
            FaultPoint.Before("Blob.SyncFolder");
            DirectorySync.Flush(folder);
            if (_unnamed.Contains(folder))
            {
                DirectorySync.Flush(Root);
                _unnamed.Remove(folder);
            }
            FaultPoint.After("Blob.SyncFolder");
        }
    }
}
