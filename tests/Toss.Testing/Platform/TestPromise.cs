using System.Collections.Concurrent;
using Toss.Core.Clips;
using Toss.Crypto.Blobs;

namespace Toss.Testing.Platform;

/// <summary>Content that comes as far as a test lets it, and notes who wanted it.</summary>
/// <param name="isHere">All of it is on this device already.</param>
/// <param name="knowsSize">Before any of it is read.</param>
public sealed class TestPromise(byte[] content, bool isHere = false, bool knowsSize = true) : IPromise
{
    private readonly Lock _guard = new();
    private TaskCompletionSource _changed = NewChange();
    private long _here = content.Length;
    private bool _fails;

    public long? Size => knowsSize ? content.Length : null;

    private byte[] Content => content;

    public BlobReference Blob { get; } = new(default, content.Length, new byte[32], new byte[32]);

    public bool IsHere => isHere;

    /// <summary>Programs that were given it, by name; empty where nobody tells.</summary>
    public ConcurrentQueue<string> Opened { get; } = [];

    /// <summary>Programs that were not.</summary>
    public ConcurrentQueue<string> NotGiven { get; } = [];

    /// <summary>Why they were not.</summary>
    public ConcurrentQueue<PasteRefusal> Refusals { get; } = [];

    /// <summary>Reads that ended, by what they were given.</summary>
    public ConcurrentQueue<long> Closed { get; } = [];

    /// <summary>So much of it may be read.</summary>
    public void ComesTo(long bytes) => Change(() => _here = bytes);

    /// <summary>The rest does not come.</summary>
    public void Fail() => Change(() => _fails = true);

    public Stream Open(string? reader)
    {
        Opened.Enqueue(reader ?? "");
        return new Reading(this);
    }

    public void Refused(string? reader, PasteRefusal why)
    {
        Refusals.Enqueue(why);
        NotGiven.Enqueue(reader ?? "");
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(Action change)
    {
        TaskCompletionSource told;
        lock (_guard)
        {
            change();
            (told, _changed) = (_changed, NewChange());
        }
        told.SetResult();
    }

    private async ValueTask<int> ReadAsync(long at, Memory<byte> buffer)
    {
        while (true)
        {
            Task change;
            lock (_guard)
            {
                if (at < _here || at == content.Length)
                {
                    var count = (int)Math.Min(buffer.Length, Math.Min(_here, content.Length) - at);
                    content.AsMemory((int)at, count).CopyTo(buffer);
                    return count;
                }
                if (_fails)
                {
                    throw new IOException("Nobody has the rest.");
                }
                change = _changed.Task;
            }
            await change;
        }
    }

    private sealed class Reading(TestPromise promise) : MemoryStream
    {
        private long _at;

        public override long Length => promise.Content.Length;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var read = await promise.ReadAsync(_at, buffer);
            _at += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            promise.Closed.Enqueue(_at);
            base.Dispose(disposing);
        }
    }
}
