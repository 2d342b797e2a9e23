using System.Globalization;
using System.Security.Cryptography;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>64 MiB for a device that is off: to a real relay, through a wire on which each chunk is counted.</summary>
public sealed class UploadTests
{
    private const string Type = "application/octet-stream";

    private const int Size = 64 * 1024 * 1024;

    private const int Chunks = Size / Limits.BlobChunk;

    private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sent;

    /// <summary>
    /// What its sender had said arrives still. A relay that is killed has lost what was under way to it and what was not flushed
    /// (a part in 128); one that is stopped in order only the former.
    /// </summary>
    [Theory]
    [InlineData("sender killed", 1)]
    [InlineData("relay killed", 2)]
    [InlineData("relay stopped", 1)]
    public async Task What_breaks_at_half_goes_on_with_the_rest(string breaks, int percent)
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var tap = new RelayTap(relay.Port, keeps: false) { Passing = CountAsync };
        await using var a = await TossProgram.StartAsync("anna", tap.Url);
        await using var b = await TossProgram.StartAsync("bert", relay: null);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Uri]);
        await b.Control.SetConfigAsync("fetch-relayed", "64", default);
        await b.KillAsync();
        await Eventually.HoldsAsync(
            "anna to know that bert is away",
            async () => !(await a.Control.GetStatusAsync(default)).Peers[0].Online,
            a.StateAsync
        );
        var content = RandomNumberGenerator.GetBytes(Size);
        await a.CopyAsync(content, Type);
        await Watchdog.Within(_half.Task, "half of it to pass");
        switch (breaks)
        {
            case "sender killed":
                await a.KillAsync();
                _goesOn.SetResult();
                await a.UpAsync();
                break;
            case "relay killed":
                await relay.KillAsync();
                _goesOn.SetResult();
                await relay.RestartAsync();
                break;
            default:
                // It has what is said to it while it ends.
                var stopping = relay.StopAsync();
                _goesOn.SetResult();
                Assert.Equal(0, await stopping);
                await relay.RestartAsync();
                break;
        }
        await Eventually.HoldsAsync(
            "all of it to be at the relay",
            async () =>
                _sent >= Chunks
                && (await a.Control.GetStatusAsync(default)).Transfers.Count == 0
                && Directory.GetFiles(relay.DataDirectory, "*.part", SearchOption.AllDirectories).Length == 0,
            a.StateAsync
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{breaks}: {_sent} chunks of {Chunks}, {100.0 * (_sent - Chunks) / Chunks:0.00} % twice"
            )
        );
        Assert.InRange(_sent, Chunks, Chunks * (100 + percent) / 100);

        await b.UpAsync();
        await b.PastesAsync(content, Type);
    }

    private async Task<RelayFrame?> CountAsync(TappedFrame passing)
    {
        if (passing.Frame.FrameCase == RelayFrame.FrameOneofCase.BlobPut)
        {
            var sent = Interlocked.Increment(ref _sent);
            if (sent == Chunks / 2)
            {
                _half.TrySetResult();
            }
            if (sent >= Chunks / 2)
            {
                await _goesOn.Task;
            }
        }
        return passing.Frame;
    }
}
