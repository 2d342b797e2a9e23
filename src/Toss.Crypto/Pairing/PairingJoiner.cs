using System.Security.Cryptography;
using Google.Protobuf;
using Org.BouncyCastle.Math;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Pairing;

/// <summary>
/// The newcomer's side of one run: sends pA, checks pB, sends cA, checks cB. Messages are whole `PairingMessage`s. Any
/// false ends the run; see <see cref="Failure"/>. If there is an answer nevertheless, it tells the other side.
/// </summary>
public sealed class PairingJoiner : IDisposable
{
    private readonly PairingCode _code;
    private readonly BigInteger _w;
    private readonly BigInteger _x;
    private readonly byte[] _kemSeed = new byte[MlKem768.SeedSize];
    private readonly byte[] _kemKey;
    private readonly byte[] _shareA;
    private byte[] _shareB = [];
    private byte[] _context = [];
    private byte[] _kemSecret = [];
    private SpakeKeys? _keys;
    private bool _started;

    public PairingJoiner(PairingCode code, IRandomSource random)
    {
        _code = code;
        _w = PairingRun.PasswordScalar(code);
        _x = Spake2.RandomScalar(random);
        random.Fill(_kemSeed);
        _kemKey = MlKem768.PublicKeyOf(_kemSeed);
        _shareA = Spake2.Share(SpakeRole.A, _w, _x);
    }

    /// <summary>First message: pA.</summary>
    public byte[] Start()
    {
        _started = true;
        return PairingRun.Encode(
            new PairingMessage
            {
                ShareA = new PairingShareA
                {
                    PA = ByteString.CopyFrom(_shareA),
                    MlKem768 = ByteString.CopyFrom(_kemKey),
                    Kind = (uint)_code.Kind,
                },
            }
        );
    }

    /// <summary>Takes pB or cB; the answer is set if there is one to send (cA after pB).</summary>
    public bool TryHandle(ReadOnlySpan<byte> message, out byte[]? answer)
    {
        answer = null;
        if (Failure != PairingFailure.None)
        {
            return false;
        }
        var failure = PairingRun.TryRead(message, out var parsed);
        if (failure != PairingFailure.None)
        {
            return Fail(failure, out answer);
        }
        if (parsed.Failed is { } failed)
        {
            // Not authentic, so it is only the end of this run, and only a reason we know.
            Failure = failed.Reason is > (uint)PairingFailure.None and <= (uint)PairingFailure.Withdrawn
                ? (PairingFailure)failed.Reason
                : PairingFailure.Withdrawn;
            return false;
        }
        if (_started && _keys is null && parsed.ShareB is { } shareB)
        {
            return HandleShare(shareB, out answer);
        }
        if (_keys is not null && Channel is null && parsed.ConfirmB is { } confirmB)
        {
            return HandleConfirmation(confirmB, out answer);
        }
        return Fail(PairingFailure.OutOfOrder, out answer);
    }

    public PairingFailure Failure { get; private set; }

    /// <summary>Set once cB verified. Whoever takes it disposes it.</summary>
    public PairingChannel? Channel { get; private set; }

    public void Dispose()
    {
        _keys?.Dispose();
        CryptographicOperations.ZeroMemory(_kemSeed);
        CryptographicOperations.ZeroMemory(_kemSecret);
    }

    public override string ToString() => $"PairingJoiner({Failure})";

    private bool HandleShare(PairingShareB shareB, out byte[]? answer)
    {
        var kemSecret = new byte[MlKem768.SecretSize];
        var context = PairingRun.Context(_code.Kind, _code.Slot.Span, _kemKey, shareB.MlKemCiphertext.Span);
        if (
            !MlKem768.TryDecapsulate(_kemSeed, shareB.MlKemCiphertext.Span, kemSecret)
            || !PairingRun.TryFinish(SpakeRole.A, _w, _x, _shareA, shareB.PB.Span, context, out var keys)
        )
        {
            return Fail(PairingFailure.Malformed, out answer);
        }
        _kemSecret = kemSecret;
        _context = context;
        _shareB = shareB.PB.ToByteArray();
        _keys = keys;
        answer = PairingRun.Encode(
            new PairingMessage { ConfirmA = new PairingConfirmA { Mac = ByteString.CopyFrom(keys.ConfirmA) } }
        );
        return true;
    }

    private bool HandleConfirmation(PairingConfirmB confirmB, out byte[]? answer)
    {
        answer = null;
        if (!CryptographicOperations.FixedTimeEquals(confirmB.Mac.Span, _keys!.ConfirmB))
        {
            return Fail(PairingFailure.WrongCode, out answer);
        }
        Channel = PairingRun.OpenChannel(SpakeRole.A, _keys, _kemSecret, _shareA, _shareB, _context);
        return true;
    }

    private bool Fail(PairingFailure failure, out byte[]? answer)
    {
        Failure = failure;
        answer = PairingRun.EncodeFailure(failure);
        return false;
    }
}
