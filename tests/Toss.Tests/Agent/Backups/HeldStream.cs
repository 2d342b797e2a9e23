using Toss.Core.Streams;

namespace Toss.Tests.Agent.Backups;

/// <summary>Bytes of which those from a certain one on come when the test says so.</summary>
internal sealed class HeldStream(byte[] bytes, int until) : ForwardReader
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _at;

    /// <summary>Somebody wants more than what there is.</summary>
    public Task Reached => _reached.Task;

    public void GoOn() => _goOn.TrySetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == until)
        {
            _reached.TrySetResult();
            await _goOn.Task.WaitAsync(cancellationToken);
        }
        var length = Math.Min(buffer.Length, (_at < until ? until : bytes.Length) - _at);
        bytes.AsMemory(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }
}
