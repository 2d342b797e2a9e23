using Toss.Control;
using Toss.Core.Circle;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>The two settings that are part of the device record: which relay, and its admission token.</summary>
internal static class RelaySettings
{
    private const string Relay = "relay";
    private const string Token = "relay-token";

    public static IEnumerable<ConfigEntry> Report(Device device) =>
        [
            new(Relay, device.Record.Relay?.AbsoluteUri ?? "", "", "URL of the relay, wss://…"),
            new(Token, device.Record.RelayToken is null ? "" : "(set)", "", "Admission token, if the relay wants one"),
        ];

    /// <summary>The change, or null if the key is not one of these. Throws if the value is not valid, naming the key.</summary>
    public static Func<DeviceRecord, DeviceRecord>? Change(Device device, string key, string? value)
    {
        switch (key)
        {
            case Token:
                if (value is { Length: > 256 } || value?.Any(char.IsControl) == true)
                {
                    throw new ControlException(
                        ControlErrors.InvalidConfig,
                        $"{Token}: at most 256 printable characters."
                    );
                }
                return record => record with { RelayToken = string.IsNullOrEmpty(value) ? null : value };
            case Relay:
                var relay = string.IsNullOrEmpty(value) ? null : Parse(value);
                if (device.Circle.Peers.Count > 0 && relay != device.Record.Relay)
                {
                    throw new ControlException(
                        ControlErrors.InvalidConfig,
                        $"{Relay}: this device has companions that write to it at its present relay.",
                        "Run `toss leave`, set the relay, and pair again."
                    );
                }
                return record => (relay is null ? record : device.WithMailbox(record, relay)) with { Relay = relay };
            default:
                return null;
        }
    }

    private static Uri Parse(string value) =>
        RelayAddress.TryParse(value, out var relay, out var problem)
            ? relay
            : throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{Relay}: {problem}",
                "For example wss://relay.example.org"
            );
}
