using Toss.Core.Files;
using Toss.Platform.Hosting;

namespace Toss.Platform.Files;

/// <summary>
/// Where a set is put together: a folder of its own, closed to others, in the folder where it will stand, so that it only has to
/// be renamed. A marker in it says that all of it is there.
/// </summary>
internal sealed class FileStaging
{
    private const string Prefix = FileNames.OwnPrefix + "receiving-";

    /// <summary>What is on its way to be removed: what it was is over, wherever the process ends.</summary>
    private const string EndedPrefix = FileNames.OwnPrefix + "ended-";

    private readonly string _root;
    private readonly string _ended;

    public FileStaging(string folder, string key)
    {
        if (key.Length == 0 || !key.All(char.IsAsciiLetterOrDigit))
        {
            throw new ArgumentException("Letters and digits.", nameof(key));
        }
        _root = Path.Combine(folder, Prefix + key);
        _ended = Path.Combine(folder, EndedPrefix + key);
    }

    /// <summary>What the set has at its top.</summary>
    public string Content => Path.Combine(_root, "content");

    /// <summary>What was moved already, a name a line; it is there once all of the set is.</summary>
    private string Marker => Path.Combine(_root, "whole");

    public bool IsWhole => File.Exists(Marker);

    public static IEnumerable<(FileStaging Staging, string Key)> In(string folder)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }
        foreach (var path in Directory.EnumerateDirectories(folder, Prefix + "*"))
        {
            var key = Path.GetFileName(path)[Prefix.Length..];
            if (key.Length > 0 && key.All(char.IsAsciiLetterOrDigit))
            {
                yield return (new FileStaging(folder, key), key);
            }
        }
    }

    /// <summary>Anew: what was left of it is gone.</summary>
    public void Create()
    {
        Delete();
        OwnerOnly.EnsureFolder(_root);
        Directory.CreateDirectory(Content);
    }

    public void MarkWhole()
    {
        using var marker = OwnerOnly.Open(Marker, FileMode.Create, FileShare.Read);
        FaultPoint.Before("Files.MarkWhole");
        marker.Flush(flushToDisk: true);
        FaultPoint.After("Files.MarkWhole");
    }

    public IReadOnlyList<string> Moved() => IsWhole ? File.ReadAllLines(Marker) : [];

    public void NoteMoved(string name) => File.AppendAllText(Marker, name + "\n");

    public void Delete()
    {
        Clear(_ended);
        if (Directory.Exists(_root))
        {
            // In one step: without its marker, and still there, it would be taken for one that is to be written again.
            FaultPoint.Before("Files.EndStaging");
            Directory.Move(_root, _ended);
            FaultPoint.After("Files.EndStaging");
            Clear(_ended);
        }
    }

    /// <summary>What an earlier process did not get to remove.</summary>
    public static void ClearEnded(string folder)
    {
        if (Directory.Exists(folder))
        {
            foreach (var path in Directory.GetDirectories(folder, EndedPrefix + "*"))
            {
                Clear(path);
            }
        }
    }

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
        {
            FaultPoint.Before("Files.ClearStaging");
            Directory.Delete(folder, recursive: true);
            FaultPoint.After("Files.ClearStaging");
        }
    }
}
