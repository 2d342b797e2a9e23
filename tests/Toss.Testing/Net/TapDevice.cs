namespace Toss.Testing.Net;

/// <summary>A TAP device inside a namespace: frames that the kernel sends are read here, what is written it receives.</summary>
internal sealed class TapDevice : IDisposable
{
    public const int MaxFrame = 65_600;

    private int _descriptor;

    public TapDevice(LabNamespace space, string name) => _descriptor = space.Inside(() => LinuxCalls.OpenTap(name));

    public int Descriptor => _descriptor;

    /// <summary>The length of a frame; 0 if there is none now.</summary>
    public int Read(Span<byte> buffer) =>
        (int)Math.Max(0, LinuxCalls.Read(_descriptor, ref buffer[0], (nuint)buffer.Length));

    /// <summary>A device that is down takes nothing: its frames are lost, as on a wire.</summary>
    public void Write(Span<byte> frame) => _ = LinuxCalls.Write(_descriptor, ref frame[0], (nuint)frame.Length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _descriptor, -1) is >= 0 and var descriptor)
        {
            _ = LinuxCalls.Close(descriptor);
        }
    }
}
