using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Platform.Native;
using Toss.Testing.Platform.Wayland;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>
/// A compositor that breaks the protocol's rules. Whatever it sends, the clipboard takes it or drops the connection, and
/// hears the next copy.
/// </summary>
public sealed class HostileCompositorTests : FakeDesktop
{
    private const uint Unknown = 0xff00_4000;

    public static TheoryData<string, bool> Moves =>
        new()
        {
            // What ends the connection.
            { "an event of no size", true },
            { "an event of four bytes", true },
            { "an event of an odd size", true },
            { "an error", true },
            { "an error without its words", true },
            { "a selection without its offer", true },
            { "a selection that was never announced", true },
            { "an offer under an id of ours", true },
            { "an offer under an id that is in use", true },
            { "a type without its end", true },
            { "a type longer than its event", true },
            { "a type of no length", true },
            { "a request for content without a descriptor", true },
            { "a request for content without a type", true },
            { "a hundred descriptors for nothing", true },
            { "half a header and the end", true },
            { "half an event and the end", true },
            // What is passed over.
            { "events for ids that nobody made", false },
            { "opcodes that nobody knows", false },
            { "the end of ids that are alive", false },
            { "the end of ids that nobody made", false },
            { "the longest event there is", false },
            { "a thousand offers that are nobody's", false },
            { "a thousand seats", false },
            { "an answer nobody waits for", false },
            { "a cancelled source that is none", false },
            { "a type that is no text", false },
            { "an event byte by byte", false },
        };

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task Any_move_is_survived(string move, bool ends)
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("ours"));
        var connection = await Compositor.ConnectionAsync();
        lock (Compositor.Guard)
        {
            Make(move, connection);
        }
        if (ends)
        {
            await StateAsync(ClipboardState.Lost);
            await StateAsync(ClipboardState.Listening);
        }
        await StillListensAsync("after it");
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text("and we can copy")));
        Assert.Equal("and we can copy"u8.ToArray(), await Compositor.PasteAsync("text/plain"));
        Assert.Equal(ends, connection != await Compositor.ConnectionAsync());
    }

    [Fact]
    public async Task Noise_is_survived()
    {
        var random = new Random(5);
        await StateAsync(ClipboardState.Listening);
        for (var i = 0; i < 200; i++)
        {
            var connection = await Compositor.ConnectionAsync();
            var noise = new byte[random.Next(1, 300)];
            random.NextBytes(noise);
            if (i % 2 == 0 && noise.Length >= 8)
            {
                // A header that could be one: an object that may be there, an opcode that there is, a size that fits.
                BitConverter.TryWriteBytes(noise, i % 4 == 0 ? (uint)random.Next(1, 8) : Unknown);
                var size = (noise.Length & ~3) << 16;
                BitConverter.TryWriteBytes(noise.AsSpan(4), size | random.Next(0, 5));
            }
            lock (Compositor.Guard)
            {
                connection.Raw(noise);
                // What began as an event may wait for more: a connection that ends is the end of it.
                connection.Close();
            }
            await StateAsync(ClipboardState.Lost);
            await StateAsync(ClipboardState.Listening);
        }
        await StillListensAsync("after it");
    }

    [Fact]
    public async Task Descriptors_of_requests_for_what_is_gone_are_closed()
    {
        Compositor.Intercept = (connection, request) =>
        {
            if (request is { Kind: "source", Opcode: WaylandProtocol.SourceDestroy })
            {
                // It crosses our word that the source is gone.
                Assert.True(LibcSockets.TryPipe(out var read, out var write));
                connection.Event(request.Target, WaylandProtocol.SourceSend, send => send.Add("text/plain"), write);
                _ = Libc.Close(read);
                _ = Libc.Close(write);
            }
            return false;
        };
        await ApplyAsync(Text("first"));
        var descriptors = Descriptors();
        for (var i = 0; i < 300; i++)
        {
            await ApplyAsync(Text($"write {i}"));
            await using var paste = Compositor.BeginPaste("image/gif");
        }
        await StillListensAsync("after it");
        // Other tests of this process open and close some meanwhile; leaks would be hundreds.
        Assert.InRange(Descriptors() - descriptors, -100, 100);
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private static void Make(string move, FakeConnection to)
    {
        switch (move)
        {
            case "an event of no size":
                to.Raw(Header(1, 0, 0));
                break;
            case "an event of four bytes":
                to.Raw(Header(1, 0, 4));
                break;
            case "an event of an odd size":
                to.Raw([.. Header(1, 0, 10), 0, 0]);
                break;
            case "an error":
                to.Event(1, WaylandProtocol.DisplayError, words => words.Add(1).Add(0).Add("no"));
                break;
            case "an error without its words":
                to.Event(1, WaylandProtocol.DisplayError, words => words);
                break;
            case "a selection without its offer":
                to.Event(to.Device, WaylandProtocol.DeviceSelection, nothing => nothing);
                break;
            case "a selection that was never announced":
                to.Event(to.Device, WaylandProtocol.DeviceSelection, offer => offer.Add(Unknown));
                break;
            case "an offer under an id of ours":
                to.Event(to.Device, WaylandProtocol.DeviceDataOffer, offer => offer.Add(3));
                break;
            case "an offer under an id that is in use":
                to.Event(to.Device, WaylandProtocol.DeviceDataOffer, offer => offer.Add(Unknown));
                to.Event(to.Device, WaylandProtocol.DeviceDataOffer, offer => offer.Add(Unknown));
                break;
            case "a type without its end":
                Announce(to);
                to.Raw([.. Header(Unknown, 0, 16), 4, 0, 0, 0, 65, 65, 65, 65]);
                break;
            case "a type longer than its event":
                Announce(to);
                to.Raw([.. Header(Unknown, 0, 16), 0xff, 0xff, 0xff, 0xff, 65, 65, 65, 0]);
                break;
            case "a type of no length":
                Announce(to);
                to.Raw([.. Header(Unknown, 0, 12), 0, 0, 0, 0]);
                break;
            case "a request for content without a descriptor":
                to.Event(Source(to), WaylandProtocol.SourceSend, send => send.Add("text/plain"));
                break;
            case "a request for content without a type":
                to.Event(Source(to), WaylandProtocol.SourceSend, send => send);
                break;
            case "a hundred descriptors for nothing":
                Assert.True(LibcSockets.TryPipe(out var read, out var write));
                for (var i = 0; i < 100; i++)
                {
                    to.Event(Unknown, 0, nothing => nothing, write);
                }
                _ = Libc.Close(read);
                _ = Libc.Close(write);
                break;
            case "half a header and the end":
                to.Raw([1, 0, 0]);
                to.Close();
                break;
            case "half an event and the end":
                to.Raw([.. Header(1, 0, 400), 1, 2, 3]);
                to.Close();
                break;
            case "events for ids that nobody made":
                foreach (var id in (uint[])[0, 900, 0xfeff_ffff, Unknown, 0xffff_ffff])
                {
                    to.Event(id, 0, words => words.Add(7).Add("x"));
                }
                break;
            case "opcodes that nobody knows":
                foreach (var id in (uint[])[1, 2, 3, 4, to.Device, Source(to), Unknown])
                {
                    to.Event(id, 77, words => words.Add(7).Add("x"));
                }
                break;
            case "the end of ids that are alive":
                foreach (var id in (uint[])[1, 2, to.Device, Source(to)])
                {
                    to.Event(1, WaylandProtocol.DisplayDeleteId, end => end.Add(id));
                }
                break;
            case "the end of ids that nobody made":
                foreach (var id in (uint[])[0, 900, Unknown, 0xffff_ffff])
                {
                    to.Event(1, WaylandProtocol.DisplayDeleteId, end => end.Add(id));
                }
                break;
            case "the longest event there is":
                to.Raw([.. Header(Unknown, 0, 65532), .. new byte[65532 - 8]]);
                to.Raw([.. Header(to.Device, 99, 65532), .. new byte[65532 - 8]]);
                break;
            case "a thousand offers that are nobody's":
                for (var i = 0u; i < 1000; i++)
                {
                    to.Announce(new FakeSelection(["text/plain"], [], null, 0));
                }
                break;
            case "a thousand seats":
                for (var i = 0u; i < 1000; i++)
                {
                    to.Global(1000 + i, WaylandProtocol.Seat, 1);
                }
                break;
            case "an answer nobody waits for":
                to.Event(3, WaylandProtocol.CallbackDone, done => done.Add(0));
                to.Event(900, WaylandProtocol.CallbackDone, done => done.Add(0));
                break;
            case "a cancelled source that is none":
                to.Event(900, WaylandProtocol.SourceCancelled, nothing => nothing);
                break;
            case "a type that is no text":
                Announce(to);
                to.Adopt(Unknown);
                to.Raw([.. Header(Unknown, 0, 16), 4, 0, 0, 0, 0xff, 0xfe, 0xff, 0]);
                to.Event(to.Device, WaylandProtocol.DeviceSelection, offer => offer.Add(Unknown));
                break;
            case "an event byte by byte":
                foreach (var one in Header(Unknown, 0, 8))
                {
                    to.Raw([one]);
                }
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(move), move, "No such move.");
        }
    }

    private static void Announce(FakeConnection to) =>
        to.Event(to.Device, WaylandProtocol.DeviceDataOffer, offer => offer.Add(Unknown));

    private static uint Source(FakeConnection to) => to.Sources.Max();

    private static byte[] Header(uint target, ushort opcode, int size) =>
        [.. BitConverter.GetBytes(target), .. BitConverter.GetBytes(((uint)size << 16) | opcode)];
}
