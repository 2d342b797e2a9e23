using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Toss.Quic.Tls.Bouncy;
using Toss.Quic.Wire;

namespace Toss.Quic.Tls;

/// <summary>
/// The handshake by BouncyCastle. Whole messages go in as records, records come out and are taken apart into CRYPTO bytes
/// per level; exceptions end here. When the handshake is complete BouncyCastle is let go, with its memory and its copies of
/// secrets: QUIC leaves TLS nothing to do after that but session tickets, which we ignore.
/// </summary>
internal sealed class TlsEngine : IQuicTls
{
    private const byte ClientHello = 1;

    // Message header, legacy_version, random (RFC 8446 §4.1.2).
    private const int SessionIdLengthAt = 4 + 2 + 32;

    private const int RecordHeader = HandshakeMessage.RecordHeader;

    private readonly Queue<TlsEvent> _events = new();
    private readonly OutputQueue[] _output = [new(), new(), new()];
    private readonly HandshakeMessage _message = new();
    private readonly Handshake _handshake = new();
    private readonly TlsOptions _options;
    private readonly bool _isClient;
    private TlsProtocol? _protocol;
    private bool _hasKeys;
    private bool _saidParameters;

    private TlsEngine(TlsOptions options, bool isClient)
    {
        options.Check(isClient);
        _options = options;
        _isClient = isClient;
    }

    public TransportErrorCode Error { get; private set; }

    public bool IsComplete { get; private set; }

    public TlsLevel ReadLevel { get; private set; }

    /// <summary>The initiator; its ClientHello waits to be taken.</summary>
    public static TlsEngine Client(TlsOptions options)
    {
        var engine = new TlsEngine(options, isClient: true);
        engine.Guarded(() =>
        {
            var protocol = new DialingProtocol();
            engine._protocol = protocol;
            var crypto = new LevelCrypto(options.Random!, engine.TakeKeys);
            protocol.Connect(new DialingSide(crypto, options, engine._handshake));
        });
        return engine;
    }

    public static TlsEngine Server(TlsOptions options)
    {
        var engine = new TlsEngine(options, isClient: false);
        engine.Guarded(() =>
        {
            var protocol = new AnsweringProtocol();
            engine._protocol = protocol;
            var crypto = new LevelCrypto(options.Random!, engine.TakeKeys);
            protocol.Accept(new AnsweringSide(crypto, options, engine._handshake));
        });
        return engine;
    }

    public TransportErrorCode Receive(TlsLevel level, ReadOnlySpan<byte> data)
    {
        while (Error == TransportErrorCode.NoError && !data.IsEmpty)
        {
            // RFC 9001 §4.1.3: no bytes of a level beyond those that led to the next.
            if (level != ReadLevel)
            {
                return Fail(TransportErrorCode.ProtocolViolation);
            }
            data = data[_message.Add(data)..];
            if (_message.IsTooLong)
            {
                return Fail(TransportErrorCode.CryptoBufferExceeded);
            }
            if (_message.IsWhole)
            {
                Deliver();
                _message.Clear();
            }
        }
        return Error;
    }

    public int PendingOutput(TlsLevel level) => _output[(int)level].Count;

    public int TakeOutput(TlsLevel level, Span<byte> into) => _output[(int)level].Take(into);

    public bool TryNext([NotNullWhen(true)] out TlsEvent? next) => _events.TryDequeue(out next);

    public void Dispose()
    {
        LetGo();
        DropEvents();
    }

    private void Deliver()
    {
        var message = _message.Bytes;
        if (IsComplete)
        {
            _ = Fail(AfterHandshake(message));
            return;
        }
        if (_protocol is null)
        {
            // Disposed.
            _ = Fail(CryptoErrors.FromAlert((byte)AlertDescription.internal_error));
            return;
        }
        // RFC 9001 §8.4; BouncyCastle would answer it.
        if (
            !_isClient
            && message[0] == ClientHello
            && message.Length > SessionIdLengthAt
            && message[SessionIdLengthAt] != 0
        )
        {
            _ = Fail(TransportErrorCode.ProtocolViolation);
            return;
        }
        Guarded(Offer);
    }

    private TransportErrorCode AfterHandshake(ReadOnlySpan<byte> message) =>
        _isClient && message[0] == SessionTicket.HandshakeType
            ? SessionTicket.Check(message[4..])
            : CryptoErrors.FromAlert((byte)AlertDescription.unexpected_message); // KeyUpdate among others: RFC 9001 §6

    private void Offer()
    {
        var record = _message.Record;
        record[0] = (byte)(ReadLevel == TlsLevel.Initial ? ContentType.handshake : ContentType.application_data);
        (record[1], record[2]) = (3, 3);
        (record[3], record[4]) = ((byte)(_message.Length >> 8), (byte)_message.Length);
        _protocol!.OfferInput(record, 0, RecordHeader + _message.Length);
    }

    /// <summary>The one place that calls BouncyCastle: what it throws becomes the error, what it says is taken out.</summary>
    private void Guarded(Action call)
    {
        try
        {
            call();
            if (_protocol!.IsClosed)
            {
                _ = Fail(CryptoErrors.FromAlert((byte)AlertDescription.internal_error));
                return;
            }
            TakeRecords();
            Advance();
        }
        catch (Exception exception) when (exception is EndOfStreamException or { InnerException: EndOfStreamException })
        {
            // BouncyCastle read past the end of a message; it calls that its own mistake.
            _ = Fail(CryptoErrors.FromAlert((byte)AlertDescription.decode_error));
        }
        catch (TlsFatalAlert alert)
        {
            _ = Fail(CryptoErrors.FromAlert((byte)alert.AlertDescription));
        }
        catch (Exception)
        {
            // Whatever else bad bytes, or a callback, can make it throw.
            _ = Fail(CryptoErrors.FromAlert((byte)AlertDescription.internal_error));
        }
    }

    private void TakeRecords()
    {
        var records = new byte[_protocol!.GetAvailableOutputBytes()];
        _ = _protocol.ReadOutput(records, 0, records.Length);
        for (ReadOnlySpan<byte> rest = records; !rest.IsEmpty; )
        {
            var type = rest[0];
            var body = rest.Slice(RecordHeader, (rest[3] << 8) | rest[4]);
            rest = rest[(RecordHeader + body.Length)..];
            var level = TlsLevel.Initial;
            if (type == ContentType.application_data)
            {
                (level, type) = ((TlsLevel)body[0], body[1]);
                body = body[LevelCipher.Mark..];
            }
            // Alerts go as error codes instead.
            if (type == ContentType.handshake)
            {
                _output[(int)level].Add(body);
            }
        }
    }

    private void Advance()
    {
        if (_hasKeys && ReadLevel == TlsLevel.Initial)
        {
            ReadLevel = TlsLevel.Handshake;
        }
        if (_hasKeys && !_saidParameters && _handshake.PeerParameters is { } parameters)
        {
            _saidParameters = true;
            _events.Enqueue(new TlsEvent.PeerParameters(parameters));
        }
        if (!_protocol!.IsConnected || _protocol.IsHandshaking)
        {
            return;
        }
        var demandsPeer = _isClient || _options.DemandsClientCredential;
        if (!_saidParameters || _handshake.Protocol is null || (demandsPeer && _handshake.Peer is null))
        {
            _ = Fail(CryptoErrors.FromAlert((byte)AlertDescription.internal_error));
            return;
        }
        ReadLevel = TlsLevel.Application;
        IsComplete = true;
        _events.Enqueue(new TlsEvent.Complete(_handshake.Peer, _handshake.Protocol));
        LetGo();
    }

    private void TakeKeys(TlsEvent.Keys keys, ReadOnlySpan<byte> clientRandom)
    {
        _hasKeys = true;
        _events.Enqueue(keys);
        if (_options.KeyLog is { } log)
        {
            KeyLog.Write(log, keys, clientRandom);
        }
    }

    private TransportErrorCode Fail(TransportErrorCode error)
    {
        if (error == TransportErrorCode.NoError || Error != TransportErrorCode.NoError)
        {
            return Error;
        }
        Error = error;
        LetGo();
        DropEvents();
        foreach (var output in _output)
        {
            output.Clear();
        }
        return Error;
    }

    private void LetGo()
    {
        var protocol = _protocol;
        _protocol = null;
        try
        {
            // Wipes BouncyCastle's secrets; the alert it writes goes nowhere.
            protocol?.Close();
        }
        catch (Exception)
        {
            // It was already broken.
        }
    }

    // Secrets that nobody took.
    private void DropEvents()
    {
        while (_events.TryDequeue(out var dropped))
        {
            if (dropped is TlsEvent.Keys keys)
            {
                CryptographicOperations.ZeroMemory(keys.Client);
                CryptographicOperations.ZeroMemory(keys.Server);
            }
        }
    }
}
