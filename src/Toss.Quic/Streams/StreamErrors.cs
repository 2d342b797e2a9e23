namespace Toss.Quic.Streams;

/// <summary>The transport error codes that streams and flow control can end a connection with (RFC 9000 §20.1).</summary>
internal static class StreamErrors
{
    public const ulong None = 0;

    /// <summary>A bound of ours that no honest peer meets.</summary>
    public const ulong Internal = 0x01;

    public const ulong FlowControl = 0x03;
    public const ulong StreamLimit = 0x04;
    public const ulong StreamState = 0x05;
    public const ulong FinalSize = 0x06;
    public const ulong FrameEncoding = 0x07;
}
