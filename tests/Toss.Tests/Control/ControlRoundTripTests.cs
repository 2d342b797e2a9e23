using System.Security.Cryptography;
using System.Text.Json;
using Toss.Control;
using Toss.Control.Http;
using Toss.Tests.Cli;
using Xunit;

namespace Toss.Tests.Control;

public sealed class ControlRoundTripTests : ControlBench
{
    [Fact]
    public async Task Reports_arrive_as_they_were_given()
    {
        AssertSame(Agent.Status, await Client.GetStatusAsync(Ct), ControlJson.Default.StatusReport);
        AssertSame(
            await Agent.GetDevicesAsync(Ct),
            await Client.GetDevicesAsync(Ct),
            ControlJson.Default.IReadOnlyListDeviceReport
        );
        AssertSame(
            await Agent.ExamineAsync(Ct),
            await Client.ExamineAsync(Ct),
            ControlJson.Default.IReadOnlyListDoctorCheck
        );
        AssertSame(
            await Agent.BenchAsync("phone", 3, Ct),
            await Client.BenchAsync("phone", 3, Ct),
            ControlJson.Default.BenchReport
        );
        AssertSame(
            await Agent.GetConfigAsync(Ct),
            await Client.GetConfigAsync(Ct),
            ControlJson.Default.IReadOnlyListConfigEntry
        );
        AssertSame(
            await Agent.GetHistoryAsync("what & ever", 7, Ct),
            await Client.GetHistoryAsync("what & ever", 7, Ct),
            ControlJson.Default.IReadOnlyListHistoryEntry
        );
        AssertSame(
            await Agent.GetTraceAsync(3, Ct),
            await Client.GetTraceAsync(3, Ct),
            ControlJson.Default.IReadOnlyListTraceReport
        );
        // Once asked directly, once through the socket, with the same words.
        Assert.Equal(2, Agent.Calls.Count(call => call == "history what & ever limit=7"));
        Assert.Equal(2, Agent.Calls.Count(call => call == "trace limit=3"));
    }

    [Fact]
    public async Task Orders_arrive_with_everything_they_carry()
    {
        await Client.UnpairAsync("phone / ünï", ["k1", "k2"], Ct);
        await Client.LeaveAsync(Ct);
        await Client.RenameAsync("my desk", Ct);
        await Client.SetConfigAsync("relay", "wss://r", Ct);
        await Client.SetConfigAsync("relay", null, Ct);
        await Client.KeepHistoryAsync("pässword"u8.ToArray(), Ct);
        await Client.PauseAsync(null, Ct);
        await Client.PauseAsync(TimeSpan.FromMinutes(90), Ct);
        Assert.Equal(Agent.Rules, await Client.SetRuleAsync(new("out", "phone", "text", "ask", 3), Ct));
        Assert.Equal(Agent.Rules, await Client.GetRulesAsync(Ct));
        await Client.ResetRulesAsync(Ct);
        Assert.Equal(["phone"], (await Client.SendAsync(new("desk"), Ct)).Sent);
        Assert.Equal(["phone"], (await Client.SendAsync(new(null, "clip-1"), Ct)).Sent);
        Assert.Equal("phone", (await Client.AcceptAsync(null, Ct)).From);
        Assert.Equal(Agent.Status.Transfers[0], await Client.CancelAsync(7, Ct));
        await Client.ResumeAsync(Ct);
        await Client.ConfirmPairingAsync("id/with slash", true, Ct);
        Assert.Equal(
            [
                "unpair phone / ünï keep=k1,k2",
                "leave",
                "rename my desk",
                "config relay=wss://r",
                "config relay=<default>",
                "keep history with pässword",
                "pause",
                "pause 5400",
                "rule out device=phone type=text ask max=3",
                "rules",
                "reset rules",
                "send desk",
                "send  clip=clip-1",
                "accept ",
                "cancel 7",
                "resume",
                "confirm id/with slash True",
            ],
            Agent.Calls
        );
    }

    [Fact]
    public async Task Stop_is_answered_and_then_known()
    {
        Assert.False(Server.StopRequested.IsCompleted);
        await Client.StopAsync(Ct);
        await Server.StopRequested.WaitAsync(Watchdog, Ct);
        Assert.Equal(["stop"], Agent.Calls);
    }

    [Fact]
    public async Task Content_passes_whole_both_ways()
    {
        var content = new byte[5 * 1024 * 1024 + 13];
        new Random(1).NextBytes(content);
        var report = await Client.CopyAsync("image/x-ünï;a=\"b\"", new MemoryStream(content), false, Ct);
        Assert.Equal(Agent.CopyResult, report);
        Assert.Equal("image/x-ünï;a=\"b\"", Agent.CopiedType);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(Agent.Copied!));
        Assert.False(Agent.CopiedSecret);
        await Client.CopyAsync("text/plain", new MemoryStream("hunter2"u8.ToArray()), true, Ct);
        Assert.True(Agent.CopiedSecret);

        Agent.Clipboard = ("image/x-ünï", content);
        var pasted = await Client.PasteAsync("image/x-ünï", TimeSpan.FromSeconds(2.5), Ct);
        Assert.Equal("image/x-ünï", pasted!.MediaType);
        await using var stream = pasted.Content;
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Ct);
        Assert.Equal(content, bytes.ToArray());
        Assert.Equal("paste image/x-ünï wait=2.5", Agent.Calls[^1]);

        Agent.Clipboard = null;
        Assert.Null(await Client.PasteAsync(null, null, Ct));
        Assert.Equal("paste  wait=", Agent.Calls[^1]);
    }

    [Fact]
    public async Task An_empty_representation_is_not_nothing()
    {
        Agent.Clipboard = ("text/plain", []);
        var pasted = await Client.PasteAsync(null, null, Ct);
        Assert.NotNull(pasted);
        await using var stream = pasted.Content;
        Assert.Equal(-1, stream.ReadByte());
    }

    [Fact]
    public async Task Every_kind_of_pairing_event_arrives_when_it_happens()
    {
        PairingEvent[] events =
        [
            new PairingOpened("p", "123456789", "toss://pair#x", FakeControl.Now),
            new PairingWarning("a wrong code", 2),
            new PairingConfirm("p", "phone", "CCCC"),
            new PairingDone("ID-B", "phone"),
        ];
        var arrived = Client.OpenPairingAsync(new OpenPairingRequest(true), Ct).GetAsyncEnumerator(Ct);
        foreach (var next in events)
        {
            // Each is written only after the one before was read: nothing may wait for more.
            await Agent.Pairing.Writer.WriteAsync(next, Ct);
            Assert.True(await arrived.MoveNextAsync().AsTask().WaitAsync(Watchdog, Ct));
            Assert.Equal(next, arrived.Current);
        }
        Assert.False(await arrived.MoveNextAsync());
        await arrived.DisposeAsync();
        Assert.Equal(["pair yes=True"], Agent.Calls);
    }

    [Fact]
    public async Task Joining_carries_code_and_relay_and_ends_with_its_failure()
    {
        await Agent.Pairing.Writer.WriteAsync(new PairingFailed("expired", "too late", "again"), Ct);
        var events = new List<PairingEvent>();
        await foreach (var next in Client.JoinAsync(new JoinRequest("123 456", "wss://r"), Ct))
        {
            events.Add(next);
        }
        Assert.Equal([new PairingFailed("expired", "too late", "again")], events);
        Assert.Equal(["join 123 456 relay=wss://r"], Agent.Calls);
    }

    [Fact]
    public async Task Cancelling_withdraws_the_pairing()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await Agent.Pairing.Writer.WriteAsync(new PairingOpened("p", "1", "u", FakeControl.Now), Ct);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Client.OpenPairingAsync(new OpenPairingRequest(false), cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
        await Agent.PairingWithdrawn.Task.WaitAsync(Watchdog, Ct);
    }

    [Fact]
    public async Task Letting_go_of_the_stream_withdraws_the_pairing()
    {
        await Agent.Pairing.Writer.WriteAsync(new PairingOpened("p", "1", "u", FakeControl.Now), Ct);
        await foreach (var _ in Client.OpenPairingAsync(new OpenPairingRequest(false), Ct))
        {
            break;
        }
        await Agent.PairingWithdrawn.Task.WaitAsync(Watchdog, Ct);
    }

    [Fact]
    public async Task Failures_keep_code_message_and_hint()
    {
        foreach (var code in ExitCodeTests.Codes.Select(row => row.Data))
        {
            Agent.Fail = new ControlException(code, "mäßig \n bad", code == "paused" ? null : "do this");
            Func<Task>[] requests =
            [
                () => Client.GetStatusAsync(Ct),
                () => Client.RenameAsync("x", Ct),
                () => Client.CopyAsync("text/plain", new MemoryStream(new byte[100_000]), false, Ct),
                () => Client.PasteAsync(null, null, Ct),
                () =>
                    Client
                        .OpenPairingAsync(new OpenPairingRequest(true), Ct)
                        .GetAsyncEnumerator(Ct)
                        .MoveNextAsync()
                        .AsTask(),
            ];
            foreach (var request in requests)
            {
                var failure = await Assert.ThrowsAsync<ControlException>(request);
                Assert.Equal((code, Agent.Fail.Message), (failure.Code, failure.Message));
                Assert.Equal(((ControlException)Agent.Fail).Hint, failure.Hint);
            }
        }
    }

    [Fact]
    public async Task A_broken_agent_is_an_internal_error_without_its_details()
    {
        Agent.Fail = new InvalidOperationException("secret detail");
        var failure = await Assert.ThrowsAsync<ControlException>(() => Client.GetStatusAsync(Ct));
        Assert.Equal(ControlErrors.Internal, failure.Code);
        Assert.DoesNotContain("secret", failure.Message);
    }

    [Fact]
    public async Task No_socket_is_no_daemon()
    {
        using var nobody = new HttpControl(Socket + ".none");
        var failure = await Assert.ThrowsAsync<ControlException>(() => nobody.GetStatusAsync(Ct));
        Assert.Equal(ControlErrors.NoDaemon, failure.Code);
        Assert.Contains("toss up", failure.Hint);

        // A dead agent's socket file refuses.
        using var tooLong = new HttpControl("/tmp/" + new string('x', 200));
        Assert.Equal(
            ControlErrors.NoDaemon,
            (await Assert.ThrowsAsync<ControlException>(() => tooLong.GetStatusAsync(Ct))).Code
        );
    }

    [Fact]
    public async Task An_agent_that_stops_during_a_pairing_is_told()
    {
        await Agent.Pairing.Writer.WriteAsync(new PairingOpened("p", "1", "u", FakeControl.Now), Ct);
        var events = Client.OpenPairingAsync(new OpenPairingRequest(false), Ct).GetAsyncEnumerator(Ct);
        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync().AsTask();
        await Server.DisposeAsync();
        var failure = await Assert.ThrowsAsync<ControlException>(() => next.WaitAsync(Watchdog, Ct));
        Assert.Equal(ControlErrors.NoDaemon, failure.Code);
    }

    [Fact]
    public void Bounds_are_the_protocols()
    {
        Assert.Equal(Toss.Wire.Limits.ControlRequest, ControlProtocol.MaxRequest);
        Assert.Equal(Toss.Wire.Limits.Content, ControlProtocol.MaxContent);
    }

    private static void AssertSame<T>(
        T expected,
        T actual,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type
    ) => Assert.Equal(JsonSerializer.Serialize(expected, type), JsonSerializer.Serialize(actual, type));
}
