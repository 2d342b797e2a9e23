using Toss.Core.Streams;

namespace Toss.Tests.Cli;

/// <summary>Some bytes, and then a failure where the rest should come.</summary>
internal sealed class BreakingStream(byte[] bytes, Exception failure) : ForwardReader
{
    private int _at;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == bytes.Length)
        {
            throw failure;
        }
        var length = Math.Min(buffer.Length, bytes.Length - _at);
        bytes.AsMemory(_at, length).CopyTo(buffer);
        _at += length;
        return new(length);
    }
}
