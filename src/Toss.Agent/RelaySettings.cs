using Toss.Control;
using Toss.Core.Circle;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>The two settings that are part of the device record: which relay, and its admission token.</summary>
internal static class RelaySettings
{
    private const string Relay = ConfigKeys.Relay;
    private const string Token = ConfigKeys.RelayToken;

    public static IEnumerable<ConfigEntry> Report(Device device) =>
        [
            new(Relay, device.Record.Relay?.AbsoluteUri ?? "", "", "URL of the relay, wss://…"),
            new(Token, device.Record.RelayToken is null ? "" : "(set)", "", "Admission token, if the relay wants one")
            {
                Kind = "secret",
            },
        ];

    /// <summary>The change, or null if the key is not one of these. Throws if the value is not valid, naming the key.</summary>
    public static Func<DeviceRecord, DeviceRecord>? Change(Device device, string key, string? value)
    {
        switch (key)
        {
            case Token:
                var token = TokenOf(value);
                return record => record with { RelayToken = token };
            case Relay:
                var relay = string.IsNullOrEmpty(value) ? null : Parse(value);
                if (relay is null && device.Circle.Peers.Count > 0)
                {
                    throw new ControlException(
                        ControlErrors.InvalidConfig,
                        $"{Relay}: without one this device's companions could not reach it.",
                        "Name another relay to move there, or run `toss leave` first."
                    );
                }
                return record => device.WithHome(Device.WithLivesWithCircle(record, false), relay);
            default:
                return null;
        }
    }

    /// <summary>Null for none. Throws if it cannot be one.</summary>
    internal static string? TokenOf(string? value) =>
        value is { Length: > Limits.RelayToken } || value?.Any(char.IsControl) == true
            ? throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{Token}: at most {Limits.RelayToken} printable characters."
            )
        : string.IsNullOrEmpty(value) ? null
        : value;

    internal static Uri Parse(string value) =>
        RelayAddress.TryParse(value, out var relay, out var problem)
            ? relay
            : throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{Relay}: {problem}",
                "For example wss://relay.example.org"
            );
}
