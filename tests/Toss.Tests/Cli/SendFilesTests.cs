using Toss.Cli;
using Toss.Control;
using Xunit;

namespace Toss.Tests.Cli;

/// <summary>`toss send FILE`: what a person sees, and what a script gets.</summary>
public sealed class SendFilesTests
{
    private static readonly SendSealed s_sealed = new(
        "clip",
        ["a", "b"],
        2,
        1,
        3000,
        [new("b/link", "a link")],
        [new("a", "grew while it was read")]
    );

    private static readonly TransferReport s_transfer = new(
        7,
        "out",
        "phone",
        "clip",
        1500,
        3000,
        500,
        3,
        "running",
        null
    );

    [Fact]
    public async Task A_terminal_sees_how_far_it_is_and_what_became_of_it()
    {
        using var bench = new CommandBench { Terminal = true, ErrorTerminal = true };
        bench.Control.Sending =
        [
            new SendReading(2, 1, 1000, 3000),
            s_sealed,
            new SendDelivery("1", "phone", "sending", null, s_transfer),
            new SendDelivery("2", "desk\u001b[31m", "away", null, null),
            new SendDelivery("1", "phone", "received", null, null),
        ];
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("send", "/x/a", "/x/b", "--to", "phone"));
        Assert.Equal(["send files /x/a /x/b to=phone"], bench.Control.Calls);
        Assert.Contains("Encrypting 2 files: 1000 B of 2.9 KiB (33 %)", bench.Error, StringComparison.Ordinal);
        Assert.Contains("phone: 1.5 KiB of 2.9 KiB (50 %), 500 B/s, ", bench.Error, StringComparison.Ordinal);
        Assert.Contains("warning: b/link is left out: a link", bench.Error, StringComparison.Ordinal);
        Assert.Contains("warning: a grew while it was read", bench.Error, StringComparison.Ordinal);
        Assert.Contains("phone has received it.\n", bench.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', bench.Out);
        Assert.DoesNotContain('\u001b', bench.Error);
    }

    [Fact]
    public async Task A_pipe_sees_results_only_and_a_refusal_fails()
    {
        using var bench = new CommandBench();
        bench.Control.Sending =
        [
            new SendReading(2, 1, 1000, 3000),
            s_sealed with
            {
                Skipped = [],
                Changed = [],
            },
            new SendDelivery("1", "phone", "sending", null, s_transfer),
            new SendDelivery("1", "phone", "refused", "storage-full", null),
        ];
        Assert.Equal(ExitCodes.Failed, await bench.RunAsync("send", "/x/a"));
        Assert.Equal("phone did not take it: storage-full.\n", bench.Out);
        Assert.Empty(bench.Error);
    }

    [Fact]
    public async Task A_script_gets_every_event()
    {
        using var bench = new CommandBench();
        bench.Control.Sending = [s_sealed, new SendDelivery("1", "phone", "received", null, null)];
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("send", "/x/a", "--json"));
        var lines = bench.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("""{"event":"sealed","clip":"clip","names":["a","b"],""", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"state\":\"received\"", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_one()
    {
        using var bench = new CommandBench();
        bench.Control.Sending = [new SendFailed(ControlErrors.TooLarge, "too much", "less")];
        Assert.Equal(ExitCodes.Refused, await bench.RunAsync("send", "/x/a"));
        Assert.Contains("too much", bench.Error, StringComparison.Ordinal);
    }
}
