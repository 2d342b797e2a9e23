using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Transport.Links;

/// <summary>
/// The control stream of one link, without the stream: docs/protocol/links.md.
/// <code>
/// either side                    the other
/// Hello{versions}             ⇄  Hello{versions}
/// Envelope{sequence, bytes}   →
///                             ←  Taken{sequence}      once it is durable there
/// </code>
/// Contract: not thread-safe. Mutate once, then drain: poll transmits and events until both say no. After
/// <see cref="LinkEvent.Failed"/> nothing more happens. Envelopes given before the peer's hello leave after it.
/// </summary>
public sealed class LinkSession
{
    /// <summary>Bytes of a frame's length.</summary>
    private const int PrefixSize = 4;

    private readonly uint _version;
    private readonly uint _oldest;
    private readonly Queue<LinkFrame> _frames = new();
    private readonly Queue<LinkFrame> _beforeOpen = new();
    private readonly Queue<LinkEvent> _events = new();
    private byte[] _partial = [];
    private int _partialLength;
    private bool _isOpen;
    private bool _failed;
    private ulong _sent;
    private ulong _received;
    private ulong _taken;
    private ulong _durable;
    private ulong _durableSent;

    /// <param name="run">Random, of this run of the process.</param>
    /// <param name="version">Highest version spoken; another one only in tests.</param>
    /// <param name="oldest">Lowest one.</param>
    /// <param name="moves">This link is to take the place of one that stands.</param>
    public LinkSession(
        ulong run,
        uint version = ProtocolVersions.Link,
        uint oldest = ProtocolVersions.OldestLink,
        bool moves = false
    )
    {
        (_version, _oldest) = (version, oldest);
        _frames.Enqueue(
            new LinkFrame
            {
                Hello = new LinkHello
                {
                    Version = version,
                    OldestVersion = oldest,
                    Run = run,
                    Moves = moves,
                },
            }
        );
    }

    /// <summary>Envelopes that the peer has not taken.</summary>
    public int Outstanding => (int)(_sent - _taken);

    /// <summary>Bytes of the stream, in any pieces. What is no frame ends the session; it never throws.</summary>
    public void HandleBytes(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_failed)
        {
            var wanted = _partialLength < PrefixSize ? PrefixSize : PrefixSize + FrameLength;
            var piece = bytes[..Math.Min(bytes.Length, wanted - _partialLength)];
            Keep(piece);
            bytes = bytes[piece.Length..];
            if (_partialLength == PrefixSize && FrameLength is < 1 or > Limits.LinkFrame)
            {
                Fail(LinkError.Malformed);
            }
            else if (_partialLength >= PrefixSize && _partialLength == PrefixSize + FrameLength)
            {
                HandleFrame(_partial.AsSpan(PrefixSize, FrameLength));
                _partialLength = 0;
            }
        }
    }

    /// <returns>Its sequence, which <see cref="LinkEvent.Taken"/> names; the bytes stay unchanged until it left.</returns>
    public ulong Send(ReadOnlyMemory<byte> envelope)
    {
        var frame = new LinkFrame
        {
            Envelope = new LinkEnvelope { Sequence = ++_sent, Envelope = UnsafeByteOperations.UnsafeWrap(envelope) },
        };
        (_isOpen ? _frames : _beforeOpen).Enqueue(frame);
        return _sent;
    }

    /// <summary>All that arrived up to this one is durable here. One frame says it for many.</summary>
    public void Acknowledge(ulong sequence) => _durable = Math.Max(_durable, Math.Min(sequence, _received));

    /// <summary>Says again what is durable here, which is no news: whoever gets it acknowledges the packet, and so is heard.</summary>
    public void Repeat() =>
        (_isOpen ? _frames : _beforeOpen).Enqueue(new LinkFrame { Taken = new LinkTaken { Sequence = _durableSent } });

    /// <summary>The next bytes for the stream.</summary>
    public bool TryPollTransmit([NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (_failed)
        {
            return false;
        }
        LinkFrame? frame;
        if (_durable > _durableSent)
        {
            frame = new LinkFrame { Taken = new LinkTaken { Sequence = _durableSent = _durable } };
        }
        else if (!_frames.TryDequeue(out frame))
        {
            return false;
        }
        var length = frame.CalculateSize();
        bytes = new byte[PrefixSize + length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        frame.WriteTo(bytes.AsSpan(PrefixSize));
        return true;
    }

    public bool TryPollEvent([NotNullWhen(true)] out LinkEvent? next) => _events.TryDequeue(out next);

    private int FrameLength => BinaryPrimitives.ReadInt32BigEndian(_partial);

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (_partial.Length < _partialLength + piece.Length)
        {
            // Grows with what came, not with what a length promises.
            Array.Resize(ref _partial, Math.Max(256, Math.Max(2 * _partial.Length, _partialLength + piece.Length)));
        }
        piece.CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += piece.Length;
    }

    private void HandleFrame(ReadOnlySpan<byte> bytes)
    {
        if (!WireReader.TryRead<LinkFrame>(bytes, Limits.LinkFrame, out var frame))
        {
            Fail(LinkError.Malformed);
            return;
        }
        switch (frame.FrameCase)
        {
            case LinkFrame.FrameOneofCase.Hello when !_isOpen:
                HandleHello(frame.Hello);
                break;
            case LinkFrame.FrameOneofCase.Envelope
                when _isOpen
                    && frame.Envelope.Sequence == _received + 1
                    && frame.Envelope.Envelope.Length is > 0 and <= Limits.Envelope:
                _received++;
                _events.Enqueue(new LinkEvent.EnvelopeArrived(_received, frame.Envelope.Envelope.Memory));
                break;
            case LinkFrame.FrameOneofCase.Taken when _isOpen && frame.Taken.Sequence <= _sent:
                if (frame.Taken.Sequence > _taken)
                {
                    _taken = frame.Taken.Sequence;
                    _events.Enqueue(new LinkEvent.Taken(_taken));
                }
                break;
            // A frame of a later version.
            case LinkFrame.FrameOneofCase.None when _isOpen:
                break;
            default:
                Fail(LinkError.Malformed);
                break;
        }
    }

    private void HandleHello(LinkHello hello)
    {
        if (hello.Version < _oldest || hello.OldestVersion > _version)
        {
            Fail(LinkError.Version);
            return;
        }
        _isOpen = true;
        while (_beforeOpen.TryDequeue(out var frame))
        {
            _frames.Enqueue(frame);
        }
        _events.Enqueue(new LinkEvent.Opened(hello.Run, hello.Moves));
    }

    private void Fail(LinkError error)
    {
        _failed = true;
        _events.Enqueue(new LinkEvent.Failed(error));
    }
}
