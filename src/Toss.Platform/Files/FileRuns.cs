using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Toss.Core.Files;
using Toss.Platform.Native;

namespace Toss.Platform.Files;

/// <summary>One open file, run by run: what is stored of it, and the holes between.</summary>
internal sealed class FileRuns : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly FileFacts _before;
    private long _at;
    private long _dataEnd;
    private bool _isCut;

    private FileRuns(SafeFileHandle file, string path, FileFacts facts, FileEntry entry) =>
        (_file, _path, _before, Entry) = (file, path, facts, entry);

    /// <summary>As it was when it was opened.</summary>
    public FileEntry Entry { get; }

    public bool IsOver => _at == Entry.Size;

    /// <summary>Throws what opening a file throws, also if something else is there by now.</summary>
    public static FileRuns Open(string path, FileEntry looked)
    {
        var before = FileFacts.Of(path);
        if (before.Other is not null || before.Kind != FileKind.File)
        {
            throw new IOException("It is no file any more.");
        }
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            var facts = FileFacts.Of(file);
            if (facts.Identity != before.Identity)
            {
                // A link that was put there in between leads elsewhere.
                throw new IOException("It is another file by now.");
            }
            var entry = looked with
            {
                Size = Math.Min(facts.Size, FileSetLimits.Content),
                Modified = facts.Modified,
                IsExecutable = facts.IsExecutable,
            };
            return new FileRuns(file, path, facts, entry);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The length of a hole, or what was read into the buffer; neither if the file ends before it should.</summary>
    public (long Hole, int Data) Next(Memory<byte> buffer)
    {
        if (_at == _dataEnd && FindData() is > 0 and var hole)
        {
            _at += hole;
            return (hole, 0);
        }
        var most = (int)Math.Min(buffer.Length, _dataEnd - _at);
        var read = 0;
        while (read < most)
        {
            var count = RandomAccess.Read(_file, buffer.Span[read..most], _at + read);
            if (count == 0)
            {
                // Shorter than it was: what is missing was there, and is not made up.
                _isCut = true;
                break;
            }
            read += count;
        }
        _at += read;
        return (0, read);
    }

    /// <summary>How it changed since it was opened; null if it did not.</summary>
    public string? Change()
    {
        var after = FileFacts.Of(_file);
        if (_isCut)
        {
            return "became shorter while it was read";
        }
        if (after.Size != _before.Size)
        {
            return "grew while it was read";
        }
        if (after.Modified != _before.Modified)
        {
            return "was written to while it was read";
        }
        try
        {
            return FileFacts.Of(_path).Identity == _before.Identity ? null : "was replaced while it was read";
        }
        catch (Exception failure) when (FileFailures.Is(failure))
        {
            // What was read is the file that was there, whole.
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The hole that begins here, if one does; where what is stored ends.</summary>
    private long FindData()
    {
        if (!_before.IsSparse)
        {
            _dataEnd = Entry.Size;
            return 0;
        }
        var data = LibcFiles.Seek(_file, _at, LibcFiles.SeekData);
        if (data < 0)
        {
            // Nothing more is stored; or this file system does not say.
            var isEnd = Marshal.GetLastPInvokeError() == LibcFiles.NoSuchAddress;
            _dataEnd = Entry.Size;
            return isEnd ? Entry.Size - _at : 0;
        }
        data = Math.Min(data, Entry.Size);
        var end = data < Entry.Size ? LibcFiles.Seek(_file, data, LibcFiles.SeekHole) : Entry.Size;
        _dataEnd = end > data ? Math.Min(end, Entry.Size) : Entry.Size;
        if (data > _at)
        {
            // The hole first: what is stored is found again.
            _dataEnd = data;
        }
        return data - _at;
    }
}
