using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Pairing;

/// <summary>
/// The member's side of one run: takes pA, sends pB, checks cA before it sends cB, so that nothing it sends can be tested.
/// Any false ends the run; if there is an answer nevertheless, it tells the other side.
/// </summary>
public sealed class PairingInviter : IDisposable
{
    private readonly PairingCode _code;
    private readonly IRandomSource _random;
    private byte[] _shareA = [];
    private byte[] _shareB = [];
    private byte[] _context = [];
    private byte[] _kemSecret = [];
    private SpakeKeys? _keys;

    public PairingInviter(PairingCode code, IRandomSource random)
    {
        _code = code;
        _random = random;
    }

    /// <summary>Takes pA or cA; the answer is pB or cB.</summary>
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
            // Anybody may say so; only a cA that we checked ourselves counts against the code.
            Failure =
                failed.Reason == (uint)PairingFailure.NewerVersion
                    ? PairingFailure.NewerVersion
                    : PairingFailure.Withdrawn;
            return false;
        }
        if (_keys is null && parsed.ShareA is { } shareA)
        {
            return HandleShare(shareA, out answer);
        }
        if (_keys is not null && Channel is null && parsed.ConfirmA is { } confirmA)
        {
            return HandleConfirmation(confirmA, out answer);
        }
        return Fail(PairingFailure.OutOfOrder, out answer);
    }

    /// <summary><see cref="PairingFailure.WrongCode"/> is the only one that counts against the code.</summary>
    public PairingFailure Failure { get; private set; }

    /// <summary>Set once cA verified. Whoever takes it disposes it.</summary>
    public PairingChannel? Channel { get; private set; }

    public void Dispose()
    {
        _keys?.Dispose();
        CryptographicOperations.ZeroMemory(_kemSecret);
    }

    public override string ToString() => $"PairingInviter({Failure})";

    private bool HandleShare(PairingShareA shareA, out byte[]? answer)
    {
        if (
            shareA.Kind != (uint)_code.Kind
            || !MlKem768.TryEncapsulate(shareA.MlKem768.Span, _random, out var kemCiphertext, out var kemSecret)
        )
        {
            return Fail(PairingFailure.Malformed, out answer);
        }
        var w = PairingRun.PasswordScalar(_code);
        var y = Spake2.RandomScalar(_random);
        var shareB = Spake2.Share(SpakeRole.B, w, y);
        var context = PairingRun.Context(_code.Kind, _code.Slot.Span, shareA.MlKem768.Span, kemCiphertext);
        if (!PairingRun.TryFinish(SpakeRole.B, w, y, shareA.PA.Span, shareB, context, out var keys))
        {
            return Fail(PairingFailure.Malformed, out answer);
        }
        _shareA = shareA.PA.ToByteArray();
        _shareB = shareB;
        _context = context;
        _kemSecret = kemSecret;
        _keys = keys;
        answer = PairingRun.Encode(
            new PairingMessage
            {
                ShareB = new PairingShareB
                {
                    PB = ByteString.CopyFrom(shareB),
                    MlKemCiphertext = UnsafeByteOperations.UnsafeWrap(kemCiphertext),
                },
            }
        );
        return true;
    }

    private bool HandleConfirmation(PairingConfirmA confirmA, out byte[]? answer)
    {
        if (!CryptographicOperations.FixedTimeEquals(confirmA.Mac.Span, _keys!.ConfirmA))
        {
            return Fail(PairingFailure.WrongCode, out answer);
        }
        Channel = PairingRun.OpenChannel(SpakeRole.B, _keys, _kemSecret, _shareA, _shareB, _context);
        answer = PairingRun.Encode(
            new PairingMessage { ConfirmB = new PairingConfirmB { Mac = ByteString.CopyFrom(_keys.ConfirmB) } }
        );
        return true;
    }

    private bool Fail(PairingFailure failure, out byte[]? answer)
    {
        Failure = failure;
        answer = PairingRun.EncodeFailure(failure);
        return false;
    }
}
