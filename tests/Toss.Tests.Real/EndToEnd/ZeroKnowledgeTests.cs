using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Crypto.Pairing;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>A relay's database, blobs, log, memory and traffic hold nothing of what passes through it.</summary>
public sealed class ZeroKnowledgeTests
{
    private const string Marker = "a marker that was never sealed";
    private const string Kept = "kept for the one that sleeps: Zwölfhundert";
    private const string Html = "<p>nobody but us two reads this paragraph</p>";
    private const string NameA = "Annelieses Schreibtisch";
    private const string NameB = "Bertholds Klapprechner";

    [Fact]
    public async Task Nothing_of_what_passes_is_in_the_relay_but_a_marker_is_found()
    {
        await using var relay = await RelayProcess.StartAsync(null, "--verbose");
        await using var tap = new RelayTap(relay.Port);
        await using var a = await TossProgram.StartAsync(NameA, tap.Url);
        await using var b = await TossProgram.StartAsync(NameB, null);
        var large = SharingTests.MebibyteOfText();
        var search = new SecretSearch()
            .Text("a small clip", Kept)
            .Text("HTML", Html)
            .Text("the large clip", Encoding.ASCII.GetString(large, 500_000, 60))
            .Text("A's name", NameA)
            .Text("B's name", NameB);
        await AddDeviceAsync(search, "A's id", a);
        await AddDeviceAsync(search, "B's id", b);

        // While a code is open, all that the relay will ever know of it is in its memory.
        await using (var show = a.Begin("pair", "--json"))
        {
            var opened = await TwoPrograms.OpenedAsync(show);
            AddCode(search, opened.Code, opened.Uri);
            AssertNothingIn(search, relay, tap);
            (await b.RunAsync(["pair", .. opened.Code.Split(' '), "--relay", tap.Url.AbsoluteUri])).Exits(0);
            (await show.EndAsync()).Exits(0);
        }
        await a.CopyAsync(Encoding.UTF8.GetBytes(Html), MediaTypes.Html);
        await b.PastesAsync(Encoding.UTF8.GetBytes(Html), MediaTypes.Html);
        await a.CopyAsync(large, MediaTypes.Text);
        await b.PastesAsync(large, MediaTypes.Text);
        // What waits in a mailbox lies in the database.
        await b.KillAsync();
        await a.CopyAsync(Kept);
        await Eventually.HoldsAsync(
            "the last clip in the mailbox",
            async () =>
                (await a.Control.GetHistoryAsync(Kept, 1, CancellationToken.None))
                    is [{ Deliveries: [{ State: "sent" }] }],
            a.StateAsync
        );
        AssertNothingIn(search, relay, tap);

        // The same search finds what an agent would have sent in the clear, in each place.
        await using var here = new NetworkPeer(1, tap.Url);
        await using var there = new NetworkPeer(2, tap.Url);
        await there.JoinAsync(here);
        await here.JoinAsync(there);
        await here.SendAsync(there, Encoding.UTF8.GetBytes(Marker));
        var planted = new SecretSearch().Text("the marker", Marker);
        Assert.NotEmpty(FindInFiles(planted, relay));
        Assert.NotEmpty(planted.FindIn(tap.Recorded()));
        Assert.NotEmpty(planted.FindInMemory(relay.Id, out _));
        // The log names a mailbox by the beginning of its id, and that is found there.
        await here.DisposeAsync();
        await Eventually.HoldsAsync(
            "the end of a connection in the relay's log",
            () =>
                Task.FromResult(new SecretSearch().Text("a mailbox", here.Key.Id.Short).FindIn(LogOf(relay)).Count > 0),
            () => Task.FromResult(relay.Errors)
        );
        AssertNothingIn(search, relay, tap);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("x", "yz")]
    [InlineData("xy", "")]
    public void Each_form_is_found_wherever_it_begins(string before, string after)
    {
        const string Secret = "grüße, secret";
        var search = new SecretSearch().Text("it", Secret);
        var utf8 = Encoding.UTF8.GetBytes(before + Secret + after);
        byte[][] forms =
        [
            utf8,
            Encoding.Unicode.GetBytes(before + Secret + after),
            Encoding.BigEndianUnicode.GetBytes(before + Secret + after),
            Encoding.ASCII.GetBytes(Convert.ToHexString(utf8)),
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(utf8)),
            Encoding.Unicode.GetBytes(Convert.ToBase64String(utf8)),
            Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(utf8)),
        ];
        Assert.All(forms, form => Assert.NotEmpty(search.FindIn(form)));
        Assert.Empty(search.FindIn("grüsse, secret"u8));
    }

    private static void AssertNothingIn(SecretSearch search, RelayProcess relay, RelayTap tap)
    {
        Assert.Empty(FindInFiles(search, relay));
        Assert.Empty(search.FindIn(LogOf(relay)));
        Assert.Empty(search.FindIn(tap.Recorded()));
        Assert.Empty(search.FindInMemory(relay.Id, out var read));
        Assert.True(read > 10 * 1024 * 1024, $"only {read} bytes of the relay's memory could be read");
    }

    private static List<string> FindInFiles(SecretSearch search, RelayProcess relay)
    {
        var files = Directory.GetFiles(relay.DataDirectory, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        return [.. files.SelectMany(file => search.FindIn(ReadShared(file)).Select(found => $"{found} of {file}"))];
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] LogOf(RelayProcess relay) => Encoding.UTF8.GetBytes(relay.Errors);

    private static async Task AddDeviceAsync(SecretSearch search, string name, TossProgram program)
    {
        var device = (await program.JsonAsync("status")).GetProperty("device");
        Assert.True(DeviceId.TryParse(device.GetProperty("id").GetString(), out var id));
        search
            .Bytes(name, id.ToBytes())
            .Text($"{name} as fingerprint", id.Fingerprint)
            .Text($"{name} as fingerprint, together", id.Fingerprint.Replace("-", "", StringComparison.Ordinal));
    }

    private static void AddCode(SecretSearch search, string code, string uri)
    {
        var digits = string.Concat(code.Where(char.IsAsciiDigit));
        // The slot is the relay's own; with the secret behind it, it is the code. Six digits alone are in any memory.
        search.Text("the code", code).Text("the code's digits", digits);
        search.Text("the secret half", code[(code.IndexOf('-', StringComparison.Ordinal) + 1)..]);
        var fragment = uri[(uri.IndexOf('#', StringComparison.Ordinal) + 1)..];
        Assert.True(PairingCode.TryParse(uri, out var parsed));
        parsed.Dispose();
        var link = PairingLink.Parser.ParseFrom(System.Buffers.Text.Base64Url.DecodeFromChars(fragment));
        search.Text("the link", fragment).Bytes("the link's secret", link.Secret.ToByteArray());
    }
}
