using System.Buffers;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Core.Streams;

namespace Toss.Agent.Files;

/// <summary>
/// Files whose bytes come with a request, one behind the other, made a set as they come: nothing of them is anywhere but in what is sealed.
/// One byte less or more than the list says, and there is no set.
/// </summary>
/// <param name="entries">As <see cref="GivenEntries"/> admits them.</param>
/// <param name="ended">Called once, when nothing is read any more.</param>
internal sealed class GivenFiles(IReadOnlyList<FileEntry> entries, Stream given, Action ended)
    : ForwardReader,
        IFileTree
{
    private readonly FileSetWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _bytes = new(2 * FileSetLimits.Run);
    private int _taken;
    private int _next = -1;
    private long _left;
    private bool _isOver;
    private bool _hasEnded;

    public IReadOnlyList<string> Names { get; } =
    [
        .. entries
            .Where(static entry => entry.Parts.Count == 1)
            .Select(static entry => FileNames.MakeSafe(entry.Parts[0])),
    ];

    public int Files { get; } = entries.Count(static entry => entry.Kind == FileKind.File);

    public int Folders => entries.Count - Files;

    public long Size { get; } = entries.Sum(static entry => entry.Size);

    public long Done { get; private set; }

    public Stream Content => this;

    public IReadOnlyList<FileRemark> Skipped => [];

    public IReadOnlyList<FileRemark> Changed => [];

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_taken == _bytes.WrittenCount)
        {
            if (_isOver)
            {
                return 0;
            }
            _bytes.ResetWrittenCount();
            _taken = 0;
            await WriteAsync(cancellationToken);
        }
        var piece = _bytes.WrittenMemory[_taken..];
        piece = piece[..Math.Min(piece.Length, buffer.Length)];
        piece.CopyTo(buffer);
        _taken += piece.Length;
        return piece.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (!_hasEnded)
        {
            (_hasEnded, _isOver) = (true, true);
            ended();
        }
        base.Dispose(disposing);
    }

    /// <summary>What comes next: a little, or one run of a file.</summary>
    private async ValueTask WriteAsync(CancellationToken cancellation)
    {
        if (_next < 0)
        {
            FileSetWriter.Begin(_bytes);
            _next = 0;
        }
        else if (_left > 0)
        {
            await WriteRunAsync(cancellation);
        }
        else if (_next == entries.Count)
        {
            await EndAsync(cancellation);
        }
        else
        {
            WriteEntry(entries[_next++]);
        }
    }

    private void WriteEntry(FileEntry entry)
    {
        _writer.Add(entry, _bytes);
        _left = entry.Size;
        if (entry is { Kind: FileKind.File, Size: 0 })
        {
            _writer.EndFile(hasChanged: false, _bytes);
        }
    }

    private async ValueTask WriteRunAsync(CancellationToken cancellation)
    {
        var room = FileSetWriter.DataRoom((int)Math.Min(_left, FileSetLimits.Run), _bytes);
        if (await ReadGivenAsync(room, cancellation) < room.Length)
        {
            throw Failed("The files did not come to their end.");
        }
        _writer.AddData(room.Length, _bytes);
        _left -= room.Length;
        Done += room.Length;
        if (_left == 0)
        {
            _writer.EndFile(hasChanged: false, _bytes);
        }
    }

    private async ValueTask EndAsync(CancellationToken cancellation)
    {
        if (await ReadGivenAsync(new byte[1], cancellation) > 0)
        {
            throw Failed("More bytes came than the files have.");
        }
        _writer.End(_bytes);
        _isOver = true;
    }

    /// <summary>All of it, unless the bytes end.</summary>
    private async ValueTask<int> ReadGivenAsync(Memory<byte> room, CancellationToken cancellation)
    {
        try
        {
            return await given.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancellation);
        }
        // A connection that breaks may say so as one or the other.
        catch (Exception failure)
            when (failure is IOException
                || (failure is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            throw Failed("The files did not come to their end.", failure);
        }
    }

    private static FileTreeException Failed(string message, Exception? inner = null) =>
        new(FileTreeFailure.Unusable, message, inner);
}
