using System.Globalization;
using Google.Protobuf;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>Agents behind a relay that repeats, alters and invents: they live, and what is real arrives once.</summary>
public sealed class HostileRelayTests
{
    /// <summary>Some thousand frames cost a second or two; an agent that decapsulates for everybody costs a minute.</summary>
    private static readonly TimeSpan Processor = TimeSpan.FromSeconds(30);

    private const int Flood = 2000;

    [Fact]
    public async Task Altered_and_repeated_envelopes_change_nothing()
    {
        await using var world = await World.StartAsync();
        var random = new Random(11);
        var texts = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            texts.Add($"real {round}");
            await world.Alice.CopyAsync(texts[^1]);
            await world.Bob.HasClipboardAsync(texts[^1]);
            foreach (var envelope in world.Relay.Seen.ToList())
            {
                await world.Relay.SendAsync(Incoming(random, envelope, 0));
                await world.Relay.SendAsync(Incoming(random, Altered(random, envelope), 0));
            }
        }
        await world.Alice.CopyAsync("the last");
        await world.Bob.HasClipboardAsync("the last");
        string[] newestFirst = ["the last", .. Enumerable.Reverse(texts)];
        var history = await world.Bob.HistoryAsync();
        Assert.Equal(newestFirst, history);
        Assert.Contains("An envelope was not opened", world.Bob.Log, StringComparison.Ordinal);
        await world.AssertWellAsync();
    }

    [Fact]
    public async Task A_flood_of_invented_frames_and_wrong_sequences_ends_in_a_working_agent()
    {
        await using var world = await World.StartAsync();
        await world.Alice.CopyAsync("before");
        await world.Bob.HasClipboardAsync("before");
        var random = new Random(12);
        var connections = world.Relay.Accepted;
        for (var i = 0; i < Flood; i++)
        {
            Assert.Equal(2, await world.Relay.SendAsync(Invented(random, world.Relay.Seen)));
        }
        // Each was a frame that a relay may send: no reason to hang up.
        Assert.Equal(connections, world.Relay.Accepted);

        world.Relay.Drop();
        await world.WorksAsync("after the flood");
        await world.AssertWellAsync();
    }

    [Fact]
    public async Task A_frame_that_is_too_large_or_out_of_place_ends_the_connection_and_nothing_else()
    {
        await using var world = await World.StartAsync();
        byte[][] nonsense =
        [
            new byte[40 * Limits.RelayFrame],
            new RelayFrame { Challenge = new RelayChallenge() }.ToByteArray(),
        ];
        foreach (var frame in nonsense)
        {
            await world.Relay.SendAsync(frame);
            await world.AssertWellAsync("refused");
            var said = await world.Alice.RunAsync("status");
            Assert.Equal(0, said.ExitCode);
            Assert.Contains("refused", said.Output, StringComparison.Ordinal);
            // They come back within a minute; a restart does not wait for that.
            await world.RestartAsync();
            await world.WorksAsync($"after {frame.Length} bytes");
        }
    }

    /// <summary>Frames of every kind that a relay may send, with nonsense in them.</summary>
    private static byte[] Invented(Random random, IReadOnlyCollection<byte[]> seen)
    {
        ByteString Noise(int most)
        {
            var bytes = new byte[random.Next(most)];
            random.NextBytes(bytes);
            return ByteString.CopyFrom(bytes);
        }
        ulong Number() => random.Next(4) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(20);
        var frame = new RelayFrame { Request = Number() };
        switch (random.Next(11))
        {
            case 0:
                return Incoming(random, Altered(random, seen.ElementAt(random.Next(seen.Count))), Number());
            case 1:
                return Incoming(random, seen.ElementAt(random.Next(seen.Count)), Number());
            case 2:
                return Incoming(random, Noise(3000).ToByteArray(), Number());
            case 3:
                frame.Accepted = new RelayAccepted();
                break;
            case 4:
                frame.Presence = new RelayPresence { Mailbox = Random(random, 32), Online = random.Next(2) == 0 };
                break;
            case 5:
                frame.BlobChunk = new BlobChunk { Chunk = Noise(5000) };
                break;
            case 6:
                frame.RendezvousMessage = new RendezvousMessage
                {
                    Slot = Noise(20),
                    Run = Number(),
                    Payload = Noise(5000),
                };
                break;
            case 7:
                frame.RendezvousOpened = new RendezvousOpened { Slot = Noise(17), ExpiresInMs = random.NextInt64() };
                break;
            case 8:
                frame.RendezvousEnded = new RendezvousEnded { Slot = Noise(20), Run = Number() };
                break;
            case 9:
                // Without a request it would end the login, for good with some reasons: that is a relay's right.
                frame.Request = (ulong)random.NextInt64(1, long.MaxValue);
                frame.Refused = new RelayRefused
                {
                    Reason = (RelayRefused.Types.Reason)random.Next(30),
                    RetryAfterMs = random.NextInt64(),
                };
                break;
            default:
                // A kind of a later version.
                return [.. frame.ToByteArray(), 0xFA, 0x3F, 0];
        }
        return frame.ToByteArray();
    }

    private static byte[] Incoming(Random random, byte[] envelope, ulong sequence)
    {
        var from = new byte[32];
        random.NextBytes(from);
        return new RelayFrame
        {
            Incoming = new RelayIncoming
            {
                Sequence = sequence,
                From = ByteString.CopyFrom(from),
                Envelope = ByteString.CopyFrom(envelope),
            },
        }.ToByteArray();
    }

    /// <summary>One thing is different: a bit, the end, or a part of the header that parses.</summary>
    private static byte[] Altered(Random random, byte[] envelope)
    {
        var parsed = Envelope.Parser.ParseFrom(envelope);
        var header = EnvelopeHeader.Parser.ParseFrom(parsed.Header);
        switch (random.Next(6))
        {
            case 0:
                return envelope[..random.Next(envelope.Length)];
            case 1 when header.Handshake is { } handshake:
                handshake.Public.MlKemCiphertext = Random(random, 1088);
                break;
            case 2 when header.Handshake is { } handshake:
                handshake.Public.X25519 = Random(random, 32);
                break;
            case 3:
                header.Number = (uint)random.Next();
                break;
            case 4:
                header.RatchetKey = Random(random, 32);
                break;
            default:
                var copy = (byte[])envelope.Clone();
                copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
                return copy;
        }
        parsed.Header = header.ToByteString();
        return parsed.ToByteArray();
    }

    private static ByteString Random(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    /// <summary>Two paired devices that only know the hostile relay.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly RelayProcess _honest;
        private int?[] _agents;

        private World(RelayProcess honest, HostileRelay relay, FaultDevice alice, FaultDevice bob)
        {
            _honest = honest;
            Relay = relay;
            Alice = alice;
            Bob = bob;
            _agents = [alice.AgentId, bob.AgentId];
        }

        public HostileRelay Relay { get; }

        public FaultDevice Alice { get; }

        public FaultDevice Bob { get; }

        public static async Task<World> StartAsync()
        {
            var honest = await RelayProcess.StartAsync();
            var relay = new HostileRelay(honest.Url);
            var (alice, bob) = (new FaultDevice(), new FaultDevice());
            await alice.UpAsync(relay.Url);
            await bob.UpAsync();
            await alice.PairAsync(bob);
            return new World(honest, relay, alice, bob);
        }

        public async Task OnlineAsync()
        {
            await Alice.WaitAsync("bob", status => status.Peers is [{ Online: true }]);
            await Bob.WaitAsync("alice", status => status.Peers is [{ Online: true }]);
        }

        /// <summary>A copy arrives, in both directions.</summary>
        public async Task WorksAsync(string when)
        {
            await OnlineAsync();
            await Alice.CopyAsync($"{when}, from alice");
            await Bob.HasClipboardAsync($"{when}, from alice");
            await Bob.CopyAsync($"{when}, from bob");
            await Alice.HasClipboardAsync($"{when}, from bob");
        }

        /// <summary>The same processes, no error in the log, no processor burnt.</summary>
        public async Task AssertWellAsync(string relay = "connected")
        {
            foreach (var device in (FaultDevice[])[Alice, Bob])
            {
                await device.WaitAsync($"the relay to be {relay}", status => status.Relay.State == relay);
                Assert.DoesNotContain(" error ", device.Log, StringComparison.Ordinal);
                Assert.DoesNotContain(" fatal ", device.Log, StringComparison.Ordinal);
                var used = System.Diagnostics.Process.GetProcessById(device.AgentId!.Value).TotalProcessorTime;
                TestContext.Current.TestOutputHelper?.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"processor time {used.TotalSeconds:F1} s")
                );
                Assert.True(used < Processor, $"The agent used {used} of processor time.");
            }
            Assert.Equal(_agents, [Alice.AgentId, Bob.AgentId]);
        }

        public async Task RestartAsync()
        {
            await Task.WhenAll(((FaultDevice[])[Alice, Bob]).Select(RestartAsync));
            _agents = [Alice.AgentId, Bob.AgentId];

            static async Task RestartAsync(FaultDevice device)
            {
                Assert.Equal(0, (await device.RunAsync("down")).ExitCode);
                await device.UpAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Alice.DisposeAsync();
            await Bob.DisposeAsync();
            await Relay.DisposeAsync();
            await _honest.DisposeAsync();
        }
    }
}
