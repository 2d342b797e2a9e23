namespace Toss.Platform.KeyStores.SecretService;

/// <summary>How long the Secret Service may take.</summary>
public sealed record SecretServiceLimits
{
    public static readonly SecretServiceLimits Default = new();

    /// <summary>A call that asks nobody; it takes 20 ms, a second when the service must be started first.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A call that may show a dialog: time to find the password, not to be away for lunch.</summary>
    public TimeSpan Prompt { get; init; } = TimeSpan.FromMinutes(1);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
