using Toss.Control;
using Toss.Core.Ports;
using Toss.Core.Streams;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>The bytes of a set on their way into a blob: tells how far it is, and ends what becomes too large.</summary>
/// <param name="most">Bytes there is room for.</param>
/// <param name="tell">Called after each piece.</param>
internal sealed class CountedSource(IFileTree tree, long most, Action tell) : ForwardReader
{
    private long _length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await tree.Content.ReadAsync(buffer, cancellationToken);
        _length += read;
        if (RefusalOf(_length, most) is { } refusal)
        {
            throw refusal;
        }
        tell();
        return read;
    }

    /// <summary>Why so many bytes are not sent; null if they are.</summary>
    public static ControlException? RefusalOf(long length, long most) =>
        length <= Math.Min(most, Limits.Content) ? null
        : length > Limits.Content
            ? new ControlException(
                ControlErrors.TooLarge,
                $"More than {Limits.Content / 1024 / 1024 / 1024} GiB are not sent at once.",
                "Send it in parts."
            )
        : new ControlException(
            ControlErrors.TooLarge,
            $"This is more than history may hold on this device, {most / 1024 / 1024} MiB.",
            "`toss config history-size` changes that."
        );
}
