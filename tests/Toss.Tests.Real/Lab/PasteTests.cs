using System.Globalization;
using System.Security.Cryptography;
using Toss.Control;
using Toss.Core.Files;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Testing.Programs;
using Toss.Tests.Real.EndToEnd;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// Half a gigabyte, or as much as a copy may be, copied on one machine of a network and pasted on others, by programs that know
/// nothing of us. Bytes are counted at the interfaces.
/// </summary>
[Trait("Tier", "alone")]
public sealed class PasteTests
{
    /// <summary>What clipboard managers ask for; nobody looks into it.</summary>
    private const string Type = "image/png";

    private const long Size = Limits.Content < 500_000_000 ? Limits.Content : 500_000_000;

    /// <summary>What devices say to each other beside content in the time of a test, greetings and links included.</summary>
    private const long Beside = 256 * 1024;

    private const string GnomeFiles = "x-special/gnome-copied-files";

    private readonly LabSwitch _network = new();

    [Fact]
    public async Task Nothing_travels_before_a_person_pastes_and_then_it_comes_from_whoever_has_it()
    {
        using var network = _network;
        await using var there = await XvfbServer.StartAsync();
        await using var source = new X11Programs(there.Display);
        await using var x = await XvfbServer.StartAsync();
        await using var programs = new X11Programs(x.Display);
        await using var sway = await SwayDesktop.StartAsync();
        await using var wayland = new WaylandPrograms(sway.RuntimeFolder, sway.Display);
        var (left, right, third) = (
            network.AddMachine("left", "10.77.0.1/24"),
            network.AddMachine("right", "10.77.0.2/24"),
            network.AddMachine("third", "10.77.0.3/24")
        );
        await using var a = await StartAsync("anna", left, there.Display);
        await using var b = await StartAsync("bert", right, x.Display);
        await using var c = await StartAsync("cora", third, wayland: sway.Socket);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Code]);
        await TwoPrograms.PairAsync(a, c, opened => [opened.Code]);
        await Eventually.HoldsAsync("all to be linked", async () => await LinksAsync(a) + await LinksAsync(b) == 4);
        // One that reads every copy at once, and keeps it.
        programs.Begin("copyq");
        await b.CopyAsync("for the clipboard manager");
        await Eventually.HoldsAsync(
            "the clipboard manager to run",
            async () => (await programs.TargetsAsync()).Length > 0
        );

        long[] before = [Bytes(left), Bytes(right), Bytes(third)];
        var (file, sha256) = Write(seed: 1);
        using (file)
        {
            await source.XclipCopyFileAsync(file.Path, Type);
        }
        await Eventually.HoldsAsync(
            "both to know of it",
            async () => await DeliveriesAsync(a) is ["offered", "offered"]
        );
        // Longer than any program waits that reads what appears.
        await Task.Delay(TimeSpan.FromSeconds(3));
        foreach (var (machine, was) in new[] { left, right, third }.Zip(before))
        {
            Assert.InRange(Bytes(machine) - was, 0, Beside);
        }

        Report("xclip", await programs.StreamAsync(Type), sha256);
        Assert.InRange(Bytes(left) - before[0], Size, Size * 11 / 10);
        Report("GTK", await programs.StreamAsync(Type, byGtk: true), sha256);
        await Eventually.HoldsAsync("A to know", async () => (await DeliveriesAsync(a)).Contains("applied"));
        Assert.InRange(Bytes(left) - before[0], Size, Size * 11 / 10);

        await a.KillAsync();
        Report("wl-paste", await wayland.StreamAsync(Type), sha256);
        // Once in, once out.
        Assert.InRange(Bytes(right) - before[1], 2 * Size, 2 * Size * 11 / 10);
        Assert.InRange(Bytes(left) - before[0], Size, Size * 11 / 10);

        Assert.Contains("not to copyq", (await b.JsonAsync("trace")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paste_that_is_killed_at_half_goes_on_with_the_rest()
    {
        using var network = _network;
        await using var x = await XvfbServer.StartAsync();
        await using var programs = new X11Programs(x.Display);
        var (left, right) = (network.AddMachine("left", "10.77.0.1/24"), network.AddMachine("right", "10.77.0.2/24"));
        left.Run("ip", "link", "set", "dev", LabSwitch.Device, "gso_max_segs", "1");
        await using var a = await StartAsync("anna", left);
        await using var b = await StartAsync("bert", right, x.Display);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Code]);
        await a.LinkedAsync();
        await b.LinkedAsync();

        var undisturbed = await PastedAsync(seed: 2, kills: false);
        var killed = await PastedAsync(seed: 3, kills: true);
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"undisturbed {undisturbed:N0} bytes, killed {killed:N0}: {100.0 * (killed - undisturbed) / Size:0.00} % more"
            )
        );
        Assert.InRange(killed - undisturbed, -Size, Size / 100 + Beside);

        async Task<long> PastedAsync(int seed, bool kills)
        {
            var (file, sha256) = Write(seed);
            using (file)
            {
                await a.CopyFileAsync(file.Path, Type);
            }
            await Eventually.HoldsAsync("B to know of it", async () => await DeliveriesAsync(a) is ["offered"]);
            await Eventually.HoldsAsync(
                "it to be announced",
                async () => (await programs.TargetsAsync()).Contains(Type)
            );
            var before = Bytes(left);
            await Task.Delay(Core.Sync.PasteJudge.Reflex * 2);
            if (!kills)
            {
                Report("xclip", await programs.StreamAsync(Type), sha256);
            }
            else
            {
                // It waits for the rest for ever: the program that it asked is gone.
                programs.Begin("xclip", "-selection", "clipboard", "-o", "-t", Type);
                await Eventually.HoldsAsync(
                    "half of it",
                    async () =>
                        (await b.Control.GetStatusAsync(default)).Transfers is [{ } transfer]
                        && transfer.Done >= Size / 2
                );
                await b.KillAsync();
                await b.UpAsync();
            }
            await Eventually.HoldsAsync("all of it", async () => await StateAsync(b) == "complete");
            var sent = Bytes(left) - before;
            await Eventually.HoldsAsync(
                "it to be announced again",
                async () => (await programs.TargetsAsync()).Contains(Type)
            );
            Report("xclip, from here", await programs.StreamAsync(Type), sha256);
            return sent;
        }
    }

    /// <summary>As a file manager copies them; the other gives the paths on when the files stand there.</summary>
    [Fact]
    public async Task Files_move_nothing_before_a_person_pastes_them()
    {
        const int FileSize = 100_000_000;
        using var network = _network;
        await using var there = await XvfbServer.StartAsync();
        await using var source = new X11Programs(there.Display);
        await using var x = await XvfbServer.StartAsync();
        await using var programs = new X11Programs(x.Display);
        var (left, right) = (network.AddMachine("left", "10.77.0.1/24"), network.AddMachine("right", "10.77.0.2/24"));
        await using var a = await StartAsync("anna", left, there.Display);
        await using var b = await StartAsync("bert", right, x.Display);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Code]);
        await Eventually.HoldsAsync("both to be linked", async () => await LinksAsync(a) + await LinksAsync(b) == 2);
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["holiday/empty"]);
        var film = new byte[FileSize];
        new Random(7).NextBytes(film);
        File.WriteAllBytes(folder["holiday/a film"], film);

        var before = (Left: Bytes(left), Right: Bytes(right));
        await source.XclipCopyAsync(
            System.Text.Encoding.UTF8.GetBytes($"copy\n{LocalFiles.AddressOf(folder["holiday"])}"),
            GnomeFiles
        );
        await Eventually.HoldsAsync("A to hear of it", async () => await DeliveriesAsync(a) is ["offered"]);
        await Eventually.HoldsAsync(
            "it to be announced",
            async () => (await programs.TargetsAsync()).Contains(GnomeFiles)
        );
        await Task.Delay(Core.Sync.PasteJudge.Reflex * 2);
        Assert.InRange(Bytes(left) - before.Left, 0, Beside);
        Assert.InRange(Bytes(right) - before.Right, 0, Beside);

        Assert.True(LocalFiles.TryReadAddresses(await programs.XclipPasteAsync(GnomeFiles), out var paths));
        var pasted = Assert.Single(paths);
        Assert.Equal("holiday", Path.GetFileName(pasted));
        Assert.True(Directory.Exists(Path.Combine(pasted, "empty")));
        Assert.True(film.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(pasted, "a film"))), "it differs");
        Assert.InRange(Bytes(left) - before.Left, FileSize, FileSize * 11L / 10);
        Assert.Equal("complete", await StateAsync(b));
        // The other form of the same, from here.
        Assert.True(LocalFiles.TryReadAddresses(await programs.XclipPasteAsync("text/uri-list"), out var again));
        Assert.Equal(paths, again);
        Assert.InRange(Bytes(left) - before.Left, FileSize, FileSize * 11L / 10);
    }

    private static void Report(string program, StreamedPaste paste, string sha256)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{program}: {paste.Bytes:N0} bytes, the first after {paste.FirstByte.TotalMilliseconds:0} ms, all after {paste.Total.TotalMilliseconds:0} ms"
            )
        );
        Assert.Equal((Size, sha256), (paste.Bytes, paste.Sha256));
    }

    private static long Bytes(LabNamespace machine) => LabSwitch.BytesOf(machine, LabSwitch.Device);

    private static async Task<int> LinksAsync(TossProgram program) =>
        (await program.Control.GetStatusAsync(default)).Peers.Count(peer => peer.Path is { Kind: "lan" or "direct" });

    private static async Task<string[]> DeliveriesAsync(TossProgram origin) =>
        (await origin.Control.GetHistoryAsync(null, 1, default)) is [var newest]
            ? [.. newest.Deliveries.Select(row => row.State)]
            : [];

    private static async Task<string> StateAsync(TossProgram program) =>
        (await program.Control.GetHistoryAsync(null, 1, default))[0].State;

    private static (TemporaryFile File, string Sha256) Write(int seed)
    {
        var file = new TemporaryFile();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (random, piece) = (new Random(seed), new byte[1_000_000]);
        using var stream = File.Create(file.Path);
        for (long left = Size; left > 0; left -= piece.Length)
        {
            random.NextBytes(piece);
            var part = piece.AsSpan(0, (int)Math.Min(left, piece.Length));
            hash.AppendData(part);
            stream.Write(part);
        }
        return (file, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static Task<TossProgram> StartAsync(
        string name,
        LabNamespace machine,
        string? display = null,
        string? wayland = null
    ) =>
        TossProgram.StartAsync(
            name,
            relay: null,
            display,
            BuiltPrograms.Default.In(machine),
            usesLinks: true,
            waylandDisplay: wayland
        );

    private sealed class TemporaryFile : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public string Path => _folder["content"];

        public void Dispose() => _folder.Dispose();
    }
}
