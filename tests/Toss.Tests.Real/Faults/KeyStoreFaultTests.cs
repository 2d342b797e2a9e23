using Toss.Testing.Platform;
using Toss.Tests.Real.Platform;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>Key stores that are locked, empty, wrong: a start says so, and never makes a new device.</summary>
[Collection(SecretServiceCollection.Name)]
public sealed class KeyStoreFaultTests
{
    [Fact]
    public async Task A_locked_keyring_stops_the_start_and_unlocked_it_is_the_same_device()
    {
        await using var bus = await SecretServiceBus.StartAsync();
        await using var device = new FaultDevice(
            null,
            ("TOSS_KEYSTORE", "secret-service"),
            ("DBUS_SESSION_BUS_ADDRESS", bus.Address)
        );
        await bus.StartKeyringAsync("right");
        await device.UpAsync();
        var before = await device.StatusAsync();
        Assert.Equal("secret-service", before.KeyStore.Kind);
        await device.CopyAsync("kept");
        Assert.Equal(0, (await device.RunAsync("down")).ExitCode);

        await bus.StopKeyringAsync();
        await bus.StartKeyringAsync("wrong");
        await RefusedAsync(device, "locked", "nlock it");

        // Without a word of which store: what was chosen at the first start holds.
        device["TOSS_KEYSTORE"] = null;
        await RefusedAsync(device, "locked", "nlock it");

        await bus.StopKeyringAsync();
        await RefusedAsync(device, "secret-service", "keyring");

        await bus.StartKeyringAsync("right");
        await device.UpAsync();
        Assert.Equal(before.Device.Id, (await device.StatusAsync()).Device.Id);
        Assert.Equal(["kept"], await device.HistoryAsync());
    }

    [Fact]
    public async Task A_locked_keyring_at_the_first_start_makes_no_device()
    {
        await using var bus = await SecretServiceBus.StartAsync();
        await bus.StartKeyringAsync("right");
        await bus.StopKeyringAsync();
        await bus.StartKeyringAsync("wrong");
        await using var device = new FaultDevice(
            null,
            ("TOSS_KEYSTORE", "secret-service"),
            ("DBUS_SESSION_BUS_ADDRESS", bus.Address)
        );
        await RefusedAsync(device, "locked", "nlock it");
        Assert.False(File.Exists(Path.Combine(device.Data, "toss.db")));
    }

    [Fact]
    public async Task A_lost_or_damaged_key_file_is_said_to_be_so()
    {
        await using var device = new FaultDevice();
        await device.UpAsync();
        var before = await device.StatusAsync();
        await device.KillAsync();
        var file = Directory.GetFiles(Path.Combine(device.Data, "keys")).Single();
        var key = File.ReadAllBytes(file);

        File.Delete(file);
        await RefusedAsync(device, "not in the key store", "Restore it");
        Assert.False(File.Exists(file));

        File.WriteAllBytes(file, key[..^1]);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RefusedAsync(device, "damaged", "backup");

        File.WriteAllBytes(file, key);
        await device.UpAsync();
        Assert.Equal(before.Device.Id, (await device.StatusAsync()).Device.Id);
    }

    [Fact]
    public async Task A_passphrase_file_that_is_wrong_or_missing_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["right"], "correct horse battery staple\n");
        File.WriteAllText(folder["wrong"], "incorrect horse\n");
        await using var device = new FaultDevice(
            null,
            ("TOSS_KEYSTORE", "passphrase-file"),
            ("TOSS_PASSPHRASE_FILE", folder["right"])
        );
        await device.UpAsync();
        var before = await device.StatusAsync();
        Assert.Equal("passphrase-file", before.KeyStore.Kind);
        Assert.Equal(0, (await device.RunAsync("down")).ExitCode);

        device["TOSS_PASSPHRASE_FILE"] = folder["wrong"];
        await RefusedAsync(device, "passphrase is wrong", "TOSS_PASSPHRASE_FILE");
        device["TOSS_PASSPHRASE_FILE"] = folder["missing"];
        await RefusedAsync(device, "passphrase", "TOSS_PASSPHRASE_FILE");
        device["TOSS_PASSPHRASE_FILE"] = null;
        await RefusedAsync(device, "passphrase", "TOSS_PASSPHRASE_FILE");

        device["TOSS_PASSPHRASE_FILE"] = folder["right"];
        await device.UpAsync();
        Assert.Equal(before.Device.Id, (await device.StatusAsync()).Device.Id);
    }

    private static async Task RefusedAsync(FaultDevice device, string reason, string hint)
    {
        var run = await device.RunAsync("up", "--headless", "--json");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains("\"key-store\"", run.Errors, StringComparison.Ordinal);
        Assert.Contains(reason, run.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(hint, run.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Null(device.AgentId);
    }
}
