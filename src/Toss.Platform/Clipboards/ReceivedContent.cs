using System.Buffers;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Platform.Clipboards;

/// <summary>
/// One answer of an owner as it comes, piece by piece: in memory, or, what is larger than <see cref="Limits.HeldContent"/> and is
/// kept as it is given, in the spool. Used on the clipboard's thread, which never waits for it.
/// </summary>
internal sealed class ReceivedContent : IDisposable
{
    private readonly List<ArraySegment<byte>> _pieces = [];
    private readonly long _limit;
    private readonly SpoolRequest? _spooling;
    private Utf8Check _utf8;
    private SpooledContent? _spooled;
    private bool _isConverted;

    /// <param name="limit">Bytes that may be held in memory.</param>
    /// <param name="spooling">Where more goes; null: nowhere.</param>
    public ReceivedContent(long limit, SpoolRequest? spooling = null) => (_limit, _spooling) = (limit, spooling);

    public long Length { get; private set; }

    /// <summary>Bytes that may come: what is announced as more need not be asked for.</summary>
    public long Limit => _spooling is null || _isConverted ? _limit : Math.Max(_limit, _spooling.Most);

    /// <summary>The next piece may be written; else the owner has to wait, and the clipboard's thread is woken.</summary>
    public bool IsReady => _spooled?.IsReady ?? true;

    /// <summary>After <see cref="Complete"/>: it is all here.</summary>
    public bool IsSettled => Failure is not null || (_spooled?.IsEnded ?? true);

    /// <summary>How long a slow disk may take to settle it, given the time for what fits into memory.</summary>
    public TimeSpan TimeToSettle(TimeSpan each) => each * (1 + (Length / Limits.CopiedContent));

    /// <summary>Nothing more is of use: there is no room for it, or it is not what it should be.</summary>
    public ConversionOutcome? Failure { get; private set; }

    /// <summary>It has to be converted: if it is not in the spool yet, it goes there no more.</summary>
    public void StaysInMemory() => _isConverted |= _spooled is null;

    public void Write(ReadOnlySpan<byte> piece)
    {
        if (Failure is not null)
        {
            return;
        }
        Length += piece.Length;
        if (_spooled?.IsEnded == true || Length > Limit)
        {
            Failure = ConversionOutcome.TooLarge;
            return;
        }
        while (!piece.IsEmpty)
        {
            piece = piece[Append(piece)..];
        }
        if (_spooled is null && _spooling is not null && !_isConverted && Length > Math.Min(_limit, Limits.HeldContent))
        {
            Spool(_spooling);
        }
        if (_spooled is null && Length > _limit)
        {
            Failure = ConversionOutcome.TooLarge;
        }
    }

    /// <summary>It was all. What is spooled settles a little later.</summary>
    public void Complete()
    {
        if (_spooled is null || Failure is not null)
        {
            return;
        }
        Hand(all: true);
        if (_spooling!.IsText && !_utf8.IsWhole)
        {
            Failure ??= ConversionOutcome.Refused;
        }
        if (Failure is null)
        {
            _spooled.Complete();
        }
    }

    /// <summary>All of it, if it is in memory; empty else.</summary>
    public byte[] ToArray()
    {
        if (_spooled is not null)
        {
            return [];
        }
        var all = new byte[Length];
        var at = 0;
        foreach (var piece in _pieces)
        {
            piece.AsSpan().CopyTo(all.AsSpan(at));
            at += piece.Count;
        }
        return all;
    }

    /// <summary>Whether it went into the spool, and what it is there: null if that keeps nothing of it.</summary>
    public bool TryTakePromise(out IPromise? promise)
    {
        promise = _spooled?.Take();
        return _spooled is not null;
    }

    public void Dispose()
    {
        foreach (var piece in _pieces)
        {
            ArrayPool<byte>.Shared.Return(piece.Array!, clearArray: true);
        }
        _pieces.Clear();
        _spooled?.Dispose();
    }

    /// <summary>Its beginning decides whether it is kept as it is: what has to be converted is so in memory, and no larger than that allows.</summary>
    private void Spool(SpoolRequest request)
    {
        _isConverted = !request.IsKeptAsGiven(_pieces[0]);
        if (_isConverted)
        {
            return;
        }
        _spooled = new SpooledContent(request.Spool, request.Program, request.Wake);
        Hand(all: false);
    }

    /// <summary>Fills the last piece, or begins another; the bytes of it that were taken.</summary>
    private int Append(ReadOnlySpan<byte> piece)
    {
        if (_pieces.Count == 0 || _pieces[^1].Count == _pieces[^1].Array!.Length)
        {
            _pieces.Add(new(ArrayPool<byte>.Shared.Rent(Limits.BlobChunk), 0, 0));
        }
        var (array, filled) = (_pieces[^1].Array!, _pieces[^1].Count);
        var count = Math.Min(piece.Length, array.Length - filled);
        piece[..count].CopyTo(array.AsSpan(filled));
        _pieces[^1] = new(array, 0, filled + count);
        if (_spooled is not null && filled + count == array.Length)
        {
            Hand(all: true);
        }
        return count;
    }

    /// <summary>To the spool; but for the last piece, which may not be full.</summary>
    private void Hand(bool all)
    {
        var given = 0;
        for (; Failure is null && given < (all ? _pieces.Count : _pieces.Count - 1); given++)
        {
            if (_spooling!.IsText && !_utf8.Continues(_pieces[given]))
            {
                Failure = ConversionOutcome.Refused;
                break;
            }
            _spooled!.Give(_pieces[given]);
        }
        _pieces.RemoveRange(0, given);
    }
}

/// <summary>How one format is spooled, if it becomes large.</summary>
/// <param name="Program">Who copied it; null where nobody tells.</param>
/// <param name="Most">Bytes, beside what the same copy has there already.</param>
/// <param name="IsText">It is UTF-8, or nothing.</param>
/// <param name="IsKeptAsGiven">Whether content that begins so needs no conversion.</param>
/// <param name="Wake">Ends the wait of the clipboard's thread; called on any.</param>
internal sealed record SpoolRequest(
    IContentSpool Spool,
    string? Program,
    long Most,
    bool IsText,
    Func<ReadOnlyMemory<byte>, bool> IsKeptAsGiven,
    Action Wake
);
