using System.Buffers;
using Toss.Core.Files;
using Toss.Core.Streams;

namespace Toss.Platform.Files;

/// <summary>
/// The bytes of a set, read from the disk as they are asked for: one file open at a time, one run of it in memory. A file is as long as
/// it was when it was opened; whether it changed until it was read shows by its size, time and inode.
/// </summary>
internal sealed class FileTreeStream(FileTree tree) : ForwardReader
{
    private readonly FileSetWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _bytes = new(2 * FileSetLimits.Run);
    private int _taken;
    private int _next = -1;
    private FileRuns? _file;
    private bool _isOver;

    public override int Read(Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            if (_taken == _bytes.WrittenCount)
            {
                if (_isOver)
                {
                    break;
                }
                _bytes.ResetWrittenCount();
                _taken = 0;
                Write();
                continue;
            }
            var piece = _bytes.WrittenSpan[_taken..];
            piece = piece[..Math.Min(piece.Length, buffer.Length - filled)];
            piece.CopyTo(buffer[filled..]);
            filled += piece.Length;
            _taken += piece.Length;
        }
        return filled;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        FileFailures.RunAsync("The files cannot be read", () => Read(buffer.Span), cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        _file = null;
        _isOver = true;
        base.Dispose(disposing);
    }

    /// <summary>What comes next: a little, or one run.</summary>
    private void Write()
    {
        if (_next < 0)
        {
            FileSetWriter.Begin(_bytes);
            _next = 0;
        }
        else if (_file is not null)
        {
            WriteRun(_file);
        }
        else if (_next == tree.Entries.Count)
        {
            _writer.End(_bytes);
            _isOver = true;
        }
        else
        {
            WriteEntry(tree.Entries[_next++]);
        }
    }

    private void WriteEntry((string Path, FileEntry Entry) next)
    {
        if (next.Entry.Kind == FileKind.Folder)
        {
            _writer.Add(next.Entry, _bytes);
            return;
        }
        try
        {
            _file = FileRuns.Open(next.Path, next.Entry);
        }
        catch (Exception failure) when (FileFailures.Is(failure))
        {
            tree.Skip(next.Entry, "gone or unreadable");
            tree.Done += next.Entry.Size;
            return;
        }
        _writer.Add(_file.Entry, _bytes);
        if (_file.Entry.Size == 0)
        {
            End(_file);
        }
    }

    private void WriteRun(FileRuns file)
    {
        var (hole, data) = file.Next(FileSetWriter.DataRoom(FileSetLimits.Run, _bytes));
        if (hole > 0)
        {
            _writer.AddHole(hole, _bytes);
        }
        else if (data > 0)
        {
            _writer.AddData(data, _bytes);
        }
        tree.Done += hole + data;
        if (file.IsOver || hole + data == 0)
        {
            End(file);
        }
    }

    private void End(FileRuns file)
    {
        var change = file.Change();
        _writer.EndFile(change is not null, _bytes);
        if (change is not null)
        {
            tree.NoteChanged(file.Entry, change);
        }
        file.Dispose();
        _file = null;
    }
}
