using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Platform.Clipboards;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>A password that a password manager copies, on real displays.</summary>
public sealed class SecretClipTests
{
    [Fact]
    public async Task A_password_is_marked_there_written_nowhere_and_gone_when_its_source_clears_it()
    {
        const string password = "correct horse battery staple 7291";
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var there = new X11Programs(right.Display);
        await using var two = await TwoPrograms.PairedAsync(left.Display, right.Display);
        await here.GtkCopyAsync(
            (TargetFormats.Utf8String, Encoding.UTF8.GetBytes(password)),
            (TargetFormats.ConcealedHint, "secret"u8.ToArray())
        );
        await two.B.HoldsAsync(Encoding.UTF8.GetBytes(password), MediaTypes.Text);
        Assert.Equal("secret"u8.ToArray(), await there.GtkPasteAsync(TargetFormats.ConcealedHint));

        here.KillLastOwner();
        await Eventually.HoldsAsync(
            "the password to be gone from the other clipboard",
            async () => (await two.B.RunAsync("paste")).ExitCode != 0
        );

        // What is copied next comes behind it, and is in history: so the password would be by now.
        await here.XclipCopyAsync("no secret");
        await two.B.HoldsAsync("no secret"u8.ToArray(), MediaTypes.Text);
        foreach (var device in (TossProgram[])[two.A, two.B])
        {
            var history = await device.Control.GetHistoryAsync(null, 10, CancellationToken.None);
            Assert.Equal("no secret", Assert.Single(history).Preview);
            var search = new SecretSearch().Text("the password", password);
            foreach (
                var command in (string[][])
                    [
                        ["status", "--json"],
                        ["trace", "--json"],
                        ["history", "--json"],
                        ["logs"],
                    ]
            )
            {
                Assert.Empty(search.FindIn(Encoding.UTF8.GetBytes((await device.RunAsync(command)).Output)));
            }
            // While it runs, with all that is on its way to the disk.
            var files = Directory
                .EnumerateFiles(device.Home, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is not (".sock" or ".lock"));
            foreach (var file in files)
            {
                Assert.Empty(search.FindIn(await File.ReadAllBytesAsync(file)));
            }
        }
    }
}
