using System.Security.Cryptography;
using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class SharingTests : TwoDevices
{
    [Fact]
    public async Task Text_goes_both_ways_and_never_back()
    {
        await PairAsync();

        A.Copy("from A");
        await TestPairing.UntilClipboard(B.Control, "from A");
        B.Copy("from B");
        await TestPairing.UntilClipboard(A.Control, "from B");

        await TestPairing.Until(async () => await PendingAsync() == 0, "every receipt");
        Assert.Equal(["from B", "from A"], await PreviewsAsync(A));
        Assert.Equal(["from B", "from A"], await PreviewsAsync(B));
        var delivered = (await A.Control.GetHistoryAsync("from A", 1, default))[0].Deliveries.Single();
        Assert.Equal(("Bert", "applied"), (delivered.Name, delivered.State));
    }

    [Fact]
    public async Task What_was_copied_before_the_start_stays_on_the_clipboard()
    {
        await PairAsync();
        A.Copy("newest");
        await TestPairing.UntilClipboard(B.Control, "newest");

        await B.StopAsync();
        await B.StartAsync(held: "copied meanwhile");
        Assert.Equal("copied meanwhile", await HeldAsync(B));
        await TestPairing.UntilClipboard(A.Control, "copied meanwhile");
    }

    [Fact]
    public async Task Every_format_of_a_copy_arrives_byte_for_byte()
    {
        await PairAsync();
        var png = TestContent.Noise(300_000);
        var html = TestContent.Noise(2_000, 2);
        A.Clipboard.Copy(
            new ClipContent(
                [TestContent.Text("caption"), new(MediaTypes.Html, html), new(MediaTypes.Png, png)],
                Sensitivity.Normal
            )
        );

        await TestPairing.UntilClipboard(B.Control, "caption");

        Assert.Equal(SHA256.HashData(png), await HashAsync(B, MediaTypes.Png));
        Assert.Equal(SHA256.HashData(html), await HashAsync(B, MediaTypes.Html));
    }

    [Theory]
    [InlineData(Limits.InlineContent)]
    [InlineData(Limits.InlineContent + 1)]
    [InlineData(1024 * 1024)]
    [InlineData(Limits.HeldContent)]
    public async Task Content_of_any_size_arrives(int size)
    {
        await PairAsync();
        // There may be no link of the two yet.
        await B.Control.SetConfigAsync("fetch-relayed", "64", default);
        var bytes = TestContent.Noise(size);
        await A.Control.CopyAsync("application/octet-stream", new MemoryStream(bytes), false, default);

        await TestPairing.Until(
            async () => await HashAsync(B, null) is { } hash && hash.SequenceEqual(SHA256.HashData(bytes)),
            "the content"
        );
        await TestPairing.Until(async () => await PendingAsync() == 0, "the receipt");
        Assert.Equal("applied", (await A.Control.GetHistoryAsync(null, 1, default))[0].Deliveries.Single().State);
    }

    [Fact]
    public async Task What_is_copied_while_the_other_is_away_arrives_later_and_once()
    {
        await PairAsync();
        await B.StopAsync();
        for (var i = 1; i <= 5; i++)
        {
            A.Copy($"text {i}");
            await TestPairing.Until(async () => (await PreviewsAsync(A)).Contains($"text {i}"), "A's history");
        }

        await B.StartAsync();

        await TestPairing.UntilClipboard(B.Control, "text 5");
        await TestPairing.Until(async () => (await PreviewsAsync(B)).Count == 5, "all five");
        Assert.Equal(["text 5", "text 4", "text 3", "text 2", "text 1"], await PreviewsAsync(B));
        await TestPairing.Until(async () => await PendingAsync() == 0, "every receipt");
    }

    [Fact]
    public async Task What_is_copied_while_the_other_is_away_waits_in_its_mailbox()
    {
        await PairAsync();
        await B.StopAsync();
        await A.Control.CopyAsync("text/plain", new MemoryStream("left for B"u8.ToArray()), false, default);
        await TestPairing.Until(
            async () => (await A.Control.GetHistoryAsync(null, 1, default))[0].Deliveries.Single().State == "sent",
            "the mailbox to take it"
        );
        await A.StopAsync();

        await B.StartAsync();
        await TestPairing.UntilClipboard(B.Control, "left for B");

        await A.StartAsync();
        await TestPairing.Until(
            async () => (await A.Control.GetHistoryAsync(null, 1, default))[0].Deliveries.Single().State == "applied",
            "the receipt"
        );
    }

    [Fact]
    public async Task Both_go_on_after_a_restart_without_pairing_again()
    {
        await PairAsync();
        A.Copy("before");
        await TestPairing.UntilClipboard(B.Control, "before");

        await A.StopAsync();
        await B.StopAsync();
        await A.StartAsync();
        await B.StartAsync();

        B.Copy("after");
        await TestPairing.UntilClipboard(A.Control, "after");
        A.Copy("and back");
        await TestPairing.UntilClipboard(B.Control, "and back");
        Assert.Equal(["and back", "after", "before"], await PreviewsAsync(B));
    }

    [Fact]
    public async Task Paused_devices_keep_what_comes_and_send_nothing()
    {
        await PairAsync();
        await B.Control.PauseAsync(null, default);
        B.Copy("mine");

        A.Copy("yours");

        await TestPairing.Until(async () => (await PreviewsAsync(B)).Contains("yours"), "B's history");
        Assert.Equal("mine", await TestPairing.TextAsync(B.Control));
        Assert.DoesNotContain("mine", await PreviewsAsync(A));
        await B.Control.ResumeAsync(default);
        B.Copy("again");
        await TestPairing.UntilClipboard(A.Control, "again");
    }

    [Fact]
    public async Task A_name_changes_everywhere()
    {
        await PairAsync();

        await B.Control.RenameAsync("Berta", default);

        await TestPairing.Until(
            async () => (await A.Control.GetDevicesAsync(default)).Any(device => device.Name == "Berta"),
            "the new name"
        );
    }

    [Fact]
    public async Task A_hundred_copies_in_a_row_both_ways_are_each_in_both_histories_once()
    {
        await PairAsync();
        for (var i = 0; i < 50; i++)
        {
            await A.Control.CopyAsync(
                "text/plain",
                new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"a{i}")),
                false,
                default
            );
            await B.Control.CopyAsync(
                "text/plain",
                new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"b{i}")),
                false,
                default
            );
        }

        await TestPairing.Until(async () => await PendingAsync() == 0, "every receipt");
        var expected = Enumerable.Range(0, 50).SelectMany(i => new[] { $"a{i}", $"b{i}" }).Order().ToList();
        Assert.Equal(expected, (await PreviewsAsync(A)).Order());
        Assert.Equal(expected, (await PreviewsAsync(B)).Order());
        await TestPairing.Until(
            async () => await TestPairing.TextAsync(A.Control) == await TestPairing.TextAsync(B.Control),
            "the two clipboards to agree"
        );
    }

    private static async Task<IReadOnlyList<string>> PreviewsAsync(TestAgent agent) =>
        [.. (await agent.Control.GetHistoryAsync(null, 1000, default)).Select(entry => entry.Preview)];

    private static async Task<byte[]?> HashAsync(TestAgent agent, string? mediaType) =>
        await agent.Control.PasteAsync(mediaType, null, default) is { } paste
            ? await SHA256.HashDataAsync(paste.Content)
            : null;

    private async Task<int> PendingAsync() =>
        (await A.Control.GetStatusAsync(default)).Peers.Sum(peer => peer.Pending)
        + (await B.Control.GetStatusAsync(default)).Peers.Sum(peer => peer.Pending);

    /// <summary>What programs would paste, whatever the agent keeps.</summary>
    private static async Task<string?> HeldAsync(TestAgent agent) =>
        await agent.Clipboard.ReadAsync(default) is { } held
            ? Encoding.UTF8.GetString(held.Representations.Single().Bytes.Span)
            : null;
}
