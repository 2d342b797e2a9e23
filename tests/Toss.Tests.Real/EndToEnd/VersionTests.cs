using System.Buffers.Binary;
using Google.Protobuf;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>What comes from a version after this one is refused, and the refusal names what to update.</summary>
public sealed class VersionTests
{
    [Theory]
    [InlineData(RelayFrame.FrameOneofCase.Challenge, "update Toss on this device")]
    [InlineData(RelayFrame.FrameOneofCase.Login, "update toss-relay")]
    public async Task The_older_of_agent_and_relay_is_to_be_updated(RelayFrame.FrameOneofCase newer, string update)
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var tap = new RelayTap(relay.Port);
        tap.Passing = passing =>
        {
            if (passing.Frame.FrameCase == newer && newer == RelayFrame.FrameOneofCase.Challenge)
            {
                passing.Frame.Challenge.Version = passing.Frame.Challenge.OldestVersion = ProtocolVersions.Relay + 1;
            }
            else if (passing.Frame.FrameCase == newer)
            {
                passing.Frame.Login.Version = ProtocolVersions.Relay + 1;
            }
            return Task.FromResult<RelayFrame?>(passing.Frame);
        };
        await using var program = await TossProgram.StartAsync("alpha-desk", tap.Url);
        await program.RelayIsAsync("refused");
        var status = (await program.RunAsync("status")).Exits(0).Output;
        Assert.Contains(update, status, StringComparison.Ordinal);
        Assert.Equal(
            "refused",
            (await program.JsonAsync("status")).GetProperty("relay").GetProperty("state").GetString()
        );
    }

    [Fact]
    public async Task An_envelope_of_a_newer_peer_is_not_opened_and_status_says_why()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var tap = new RelayTap(relay.Port);
        await using var a = await TossProgram.StartAsync("alpha-desk", tap.Url);
        await using var b = await TossProgram.StartAsync("beta-lap", null);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Uri]);
        await a.CopyAsync("of this version");
        await b.PastesAsync("of this version");
        tap.Passing = passing =>
        {
            if (passing is { FromAgent: true, Frame.FrameCase: RelayFrame.FrameOneofCase.Deliver })
            {
                var envelope = Envelope.Parser.ParseFrom(passing.Frame.Deliver.Envelope);
                envelope.Version = ProtocolVersions.Envelope + 1;
                passing.Frame.Deliver.Envelope = envelope.ToByteString();
            }
            return Task.FromResult<RelayFrame?>(passing.Frame);
        };
        await a.CopyAsync("of the next version");
        await Eventually.HoldsAsync(
            "the other device to say what to update",
            async () => (await b.RunAsync("status")).Exits(0).Errors.Contains("update toss", StringComparison.Ordinal),
            b.StateAsync
        );
        Assert.Equal(1, (await b.JsonAsync("history")).GetArrayLength());
    }

    [Fact]
    public async Task A_database_of_the_next_version_is_left_alone()
    {
        await using var program = await TossProgram.StartAsync("alpha-desk", null);
        (await program.RunAsync("down")).Exits(0);
        var database = Directory.GetFiles(program.Folders.Data, "*.db", SearchOption.AllDirectories).Single();
        AddToVersion(database, 1);
        var before = File.ReadAllBytes(database);

        var refused = (await program.RunAsync("up", "--headless", "--json")).Exits(4).JsonError();
        Assert.Equal("update-needed", refused.GetProperty("code").GetString());
        Assert.Contains("update toss", refused.GetProperty("hint").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, File.ReadAllBytes(database));

        AddToVersion(database, -1);
        await program.UpAsync();
    }

    [Fact]
    public async Task A_relays_database_of_the_next_version_is_left_alone()
    {
        await using var relay = await RelayProcess.StartAsync();
        await relay.StopAsync();
        var database = Directory.GetFiles(relay.DataDirectory, "*.db", SearchOption.AllDirectories).Single();
        AddToVersion(database, 1);
        var (code, _, errors) = await RelayProcess.RunAsync("--listen", "127.0.0.1:0", "--data", relay.DataDirectory);
        Assert.Equal(1, code);
        Assert.Contains("update toss-relay", errors, StringComparison.Ordinal);
    }

    /// <summary>SQLite keeps `user_version` big-endian in its header (sqlite.org/fileformat.html §1.3).</summary>
    private static void AddToVersion(string database, int add)
    {
        const int Offset = 60;
        Assert.False(
            File.Exists(database + "-wal") && new FileInfo(database + "-wal").Length > 0,
            "not closed in order"
        );
        using var file = new FileStream(database, FileMode.Open);
        var number = new byte[4];
        file.Position = Offset;
        file.ReadExactly(number);
        BinaryPrimitives.WriteInt32BigEndian(number, BinaryPrimitives.ReadInt32BigEndian(number) + add);
        file.Position = Offset;
        file.Write(number);
    }
}
