using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Tests.Real.Platform;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>The agent ends around the moment at which a new device's keys are in the keyring: a start makes one device.</summary>
[Trait("Tier", "faults")]
[Collection(SecretServiceCollection.Name)]
public sealed class KeyringFaultTests
{
    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task Ended_while_the_key_is_stored(string side)
    {
        await using var bus = await SecretServiceBus.StartAsync();
        await bus.StartKeyringAsync("right");
        using var faults = new FaultPrograms();
        await using var device = new TossProgram("alpha-desk", programs: faults.Programs);
        device.Variables["DBUS_SESSION_BUS_ADDRESS"] = bus.Address;
        device.Variables["TOSS_KEYSTORE"] = "secret-service";

        faults.Arm("Keyring.Store", side);
        Assert.NotEqual(0, (await device.RunAsync("up", "--headless")).ExitCode);
        Assert.True(faults.HasEnded, "nothing ended while the key was stored");
        faults.Disarm();

        await device.UpAsync();
        var before = await device.Control.GetStatusAsync(CancellationToken.None);
        Assert.Equal("secret-service", before.KeyStore.Kind);
        await device.CopyAsync("kept");
        await device.KillAsync();
        await device.UpAsync();
        Assert.Equal(before.Device, (await device.Control.GetStatusAsync(CancellationToken.None)).Device);
        await device.PastesAsync("kept");
    }
}
