using Google.Protobuf;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Crypto.Pairing;
using Toss.Wire;

namespace Toss.Agent.Pairing;

/// <summary>Why a pairing could not go on, in words with a next step.</summary>
internal static class PairingProblems
{
    /// <summary>The inviter's bounds: <see cref="Core.Circle.Roster.MayAdd"/>.</summary>
    public static Control.PairingFailed Full { get; } =
        new(
            ControlErrors.CircleFull,
            "This device cannot add any more devices: too many were added and removed already.",
            "Show the code on another device. If none can, run `toss leave` on each and pair them anew."
        );

    public static Control.PairingFailed CodeClosed { get; } =
        new(
            ControlErrors.WrongCode,
            "Wrong codes were entered; this code is closed.",
            "If that was not you, somebody tries to guess. Run `toss pair` for a new code."
        );

    /// <summary>The inviter has neither.</summary>
    public static Control.PairingFailed NowhereToMeet { get; } =
        new(
            ControlErrors.NoRelay,
            "No relay is configured, and this device is in no network where others could find it.",
            "Connect both devices to one network, or run `toss config relay wss://…` first."
        );

    /// <summary>The joiner knows no relay, and found nobody in its networks.</summary>
    public static Control.PairingFailed NobodyNearby { get; } =
        new(
            ControlErrors.NoRelay,
            "No device in this network shows this code, and this device knows no relay to meet at.",
            "Check the digits, and that both devices are in one network. From elsewhere use the link instead of the code, "
                + "or run `toss config relay wss://…` first."
        );

    /// <summary>The joiner knows no relay, and is in no network.</summary>
    public static Control.PairingFailed NowhereToJoin { get; } =
        new(
            ControlErrors.NoRelay,
            "This device knows no relay to meet at, and is in no network where it could find the other.",
            "Use the link instead of the code, or run `toss config relay wss://…` first."
        );

    /// <summary>Revokes are for good.</summary>
    public static Control.PairingFailed Removed(string name) =>
        new(
            ControlErrors.Declined,
            $"{name} was removed from this circle, which is for good.",
            "Delete its data to make it a new device, then pair it: docs/user/install.md."
        );

    public static Control.PairingFailed Of(RendezvousStatus status) =>
        status switch
        {
            RendezvousStatus.NoNetwork => NowhereToMeet,
            RendezvousStatus.NoRelay => new(
                ControlErrors.NoRelay,
                "No relay is configured.",
                "Run `toss config relay wss://…` first."
            ),
            RendezvousStatus.NoSuchSlot => new(
                ControlErrors.WrongCode,
                "No device shows this code.",
                "Check the digits; a code is good for five minutes and one device."
            ),
            RendezvousStatus.TooManyTries => new(
                ControlErrors.RelayRefused,
                "The relay refuses more pairings from here for now.",
                "Wait a few minutes, then try again."
            ),
            RendezvousStatus.Refused => new(
                ControlErrors.RelayRefused,
                "The relay refused.",
                "Check its URL and token: `toss status`."
            ),
            _ => new(
                ControlErrors.RelayUnreachable,
                "The relay cannot be reached.",
                "Check the network and the URL: `toss status`."
            ),
        };

    public static Control.PairingFailed Of(PairingFailure failure) =>
        failure switch
        {
            PairingFailure.WrongCode => new(
                ControlErrors.WrongCode,
                "The code is wrong.",
                "Type it again as the other device shows it."
            ),
            PairingFailure.NewerVersion => new(
                ControlErrors.UpdateNeeded,
                "The other device runs a newer Toss.",
                "Update Toss on this device."
            ),
            PairingFailure.Declined => new(ControlErrors.Declined, "The other device declined.", null),
            PairingFailure.Withdrawn => new(
                ControlErrors.Withdrawn,
                "The other device withdrew the code.",
                "Ask it for a new one."
            ),
            _ => new(
                ControlErrors.RelayRefused,
                "The other device answered what we do not understand.",
                "Update Toss on both devices."
            ),
        };

    /// <summary>Tells the other side that its run ended, and why.</summary>
    public static byte[] Message(PairingFailure failure) =>
        new PairingMessage
        {
            Version = ProtocolVersions.Pairing,
            Failed = new Wire.PairingFailed { Reason = (uint)failure },
        }.ToByteArray();

    /// <summary>The reason, if this message says that the run ended.</summary>
    public static PairingFailure? Read(ReadOnlySpan<byte> message) =>
        WireReader.TryRead<PairingMessage>(message, Limits.PairingMessage, out var parsed)
        && parsed.StepCase == PairingMessage.StepOneofCase.Failed
            ? Enum.IsDefined((PairingFailure)parsed.Failed.Reason)
                ? (PairingFailure)parsed.Failed.Reason
                : PairingFailure.Malformed
            : null;
}
