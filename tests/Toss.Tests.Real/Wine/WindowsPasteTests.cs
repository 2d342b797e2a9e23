using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Wine;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>
/// A large copy of a device with Linux, pasted by programs of Windows, each device on a machine of its own in one network. Bytes are
/// counted at the interface.
/// </summary>
[Collection(nameof(WineCollection))]
[Trait("Tier", "wine")]
public sealed class WindowsPasteTests
{
    /// <summary>More than is fetched at once, and little enough for a paste under Wine.</summary>
    private const int Size = 16 * 1024 * 1024;

    /// <summary>What devices say to each other beside content in the time of a test, greetings and links included.</summary>
    private const long Beside = 256 * 1024;

    /// <summary>Looking at the clipboard, and what Wine takes for it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Nothing_travels_before_a_person_pastes_and_what_does_not_come_in_time_comes_for_the_next_paste()
    {
        using var network = new LabSwitch();
        using var folder = new TemporaryFolder();
        var (left, right) = (network.AddMachine("left", "10.77.0.1/24"), network.AddMachine("right", "10.77.0.2/24"));
        await using var prefix = await WinePrefix.StartAsync(right);
        await using var person = await WinPeerProgram.StartAsync(prefix.Command(WindowsPrograms.Peer));
        // Reads every copy at once, all of it.
        await using var manager = await WinPeerProgram.StartAsync(prefix.Command(WindowsPrograms.Peer));
        await using var linux = await TossProgram.StartAsync(
            "penguin",
            null,
            programs: BuiltPrograms.Default.In(left),
            usesLinks: true
        );
        await person.EmptyAsync();
        await using var windows = new WineToss(prefix, "window");
        await windows.UpAsync();
        await WindowsPairTests.PairAsync(linux, windows);
        await linux.CopyAsync("a small copy");
        await Eventually.HoldsAsync("a small copy", async () => (await person.FormatsAsync()).Contains("13"));
        await manager.KeepAsync();

        var before = Bytes(left);
        var first = await AnnouncedAsync(seed: 1, MediaTypes.Png, "PNG");
        // Longer than any program waits that reads what appears.
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.InRange(Bytes(left) - before, 0, Beside);
        var kept = await manager.KeptAsync();
        Assert.Contains("PNG", kept.Select(one => one.Format));
        Assert.All(kept, one => Assert.InRange(one.Bytes, 0, 1024));
        Assert.Contains(
            "not to winpeer.exe, which reads what nobody pastes",
            await TraceAsync(),
            StringComparison.Ordinal
        );

        await PastesAsync(first, "PNG");
        Assert.InRange(Bytes(left) - before, Size, Size * 11 / 10);
        await Eventually.HoldsAsync("Linux to know", async () => await DeliveryAsync() == "applied");

        // Whoever has it is gone: the program that pastes is told so in time, and it is what the next paste gets.
        var second = await AnnouncedAsync(seed: 2, MediaTypes.Webp, MediaTypes.Webp);
        await linux.KillAsync();
        await Task.Delay(PasteJudge.Reflex * 2);
        var (refused, time) = await person.PasteAsync(MediaTypes.Webp, folder["refused"]);
        Assert.Equal(0, refused);
        Assert.InRange(time, TimeSpan.Zero, WindowsTiming.Default.FirstPiece + Grace);
        Assert.Contains("which can wait no longer", await TraceAsync(), StringComparison.Ordinal);
        await linux.UpAsync();
        // Nobody asks again: it was wanted.
        await Eventually.HoldsAsync(
            "all of it to be on Windows",
            async () => await DeliveryAsync() == "applied",
            () => Task.FromResult(windows.Log())
        );
        await PastesAsync(second, MediaTypes.Webp);

        // What is on this device is announced again by the next run, and outlives it.
        await windows.KillAsync();
        await person.EmptyAsync();
        await windows.UpAsync();
        await StandsAsync(MediaTypes.Webp);
        (await windows.RunAsync("down")).Exits(0);
        await PastesAsync(second, MediaTypes.Webp);

        async Task<string> AnnouncedAsync(int seed, string mediaType, string format)
        {
            var content = new byte[Size];
            new Random(seed).NextBytes(content);
            await File.WriteAllBytesAsync(folder["content"], content);
            await linux.CopyFileAsync(folder["content"], mediaType);
            await Eventually.HoldsAsync("Windows to know of it", async () => await DeliveryAsync() == "offered");
            await StandsAsync(format);
            return Convert.ToHexStringLower(SHA256.HashData(content));
        }

        Task StandsAsync(string format) =>
            Eventually.HoldsAsync(
                "it to be announced",
                async () => (await person.FormatsAsync()).Contains(format),
                () => Task.FromResult(windows.Log())
            );

        async Task PastesAsync(string sha256, string format)
        {
            var (bytes, took) = await person.PasteAsync(format, folder["pasted"]);
            TestContext.Current.TestOutputHelper?.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes after {took.TotalMilliseconds:0} ms")
            );
            var pasted = await File.ReadAllBytesAsync(folder["pasted"]);
            // Memory of Windows may be longer than what was put in it.
            Assert.InRange(pasted.Length, Size, Size + 16);
            Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(pasted.AsSpan(0, Size))));
        }

        async Task<string?> DeliveryAsync() =>
            (await linux.Control.GetHistoryAsync(null, 1, default))[0].Deliveries.Select(row => row.State).Single();

        async Task<string> TraceAsync() =>
            Encoding.UTF8.GetString((await windows.RunAsync("trace", "--json")).Exits(0).Bytes);
    }

    private static long Bytes(LabNamespace machine) => LabSwitch.BytesOf(machine, LabSwitch.Device);
}
