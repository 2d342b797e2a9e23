using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Net;

/// <summary>The example program, twice: QUIC between two processes.</summary>
[Trait("Tier", "alone")]
public sealed class QuicProcessTests
{
    private const long Length = 1 << 30;
    private const long Step = 64 << 20;

    [Fact]
    public async Task A_gigabyte_goes_both_ways_at_once_between_two_processes()
    {
        await using var server = Start("serve", "0");
        var address = await ListeningAsync(server);
        var since = Stopwatch.GetTimestamp();
        await using var client = Start("send", address, Length.ToString(CultureInfo.InvariantCulture));

        for (var at = Step; at <= Length; at += Step)
        {
            await SaysAsync(client, $"at {at}");
            await SaysAsync(server, $"at {at}");
        }
        await client.SucceedsAsync();
        var (sentBack, received) = (await HashAsync(server, "sent"), await HashAsync(server, "received"));

        TestContext.Current.SendDiagnosticMessage("1 GiB each way in {0}", Stopwatch.GetElapsedTime(since));
        Assert.Equal(await HashAsync(client, "sent"), received);
        Assert.Equal(await HashAsync(client, "received"), sentBack);
        Assert.NotEqual(received, sentBack);
        // The goodbye is one datagram, and may get lost; then silence says it.
        await server.LineAsync("the end", line => line is "closed Peer" or "closed Idle");
    }

    [Fact]
    public async Task A_process_that_is_killed_is_missed_within_the_idle_time_out()
    {
        await using var server = Start("serve", "0");
        var address = await ListeningAsync(server);
        await using var client = Start("send", address, (Length * 64).ToString(CultureInfo.InvariantCulture));
        await server.LineAsync("the beginning", line => line == $"at {Step}");

        var since = Stopwatch.GetTimestamp();
        using (var process = Process.GetProcessById(client.Pid))
        {
            process.Kill();
        }
        await server.LineAsync("the end", line => line == "closed Idle");

        // Three seconds, said in the example; probes of the end of the transfer may restart it once.
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 2, 10);
        await Watchdog.Within(client.ExitAsync(), "the killed process");
    }

    [Fact]
    public async Task A_log_of_each_end_is_left_where_it_was_asked_for()
    {
        using var folder = new TemporaryFolder();
        await using var both = Start("--qlog", folder["logs"], "both", "1000000");
        await both.SucceedsAsync();

        var names = Directory.EnumerateFiles(folder["logs"]).Order(StringComparer.Ordinal).ToList();
        Assert.EndsWith("_client.sqlog", names[0], StringComparison.Ordinal);
        Assert.Equal(names[0].Replace("_client", "_server", StringComparison.Ordinal), names[1]);
        Assert.Equal(2, names.Count);
        foreach (var name in names)
        {
            Assert.Contains(
                File.ReadLines(name),
                static line => line.Contains("quic:connection_closed", StringComparison.Ordinal)
            );
        }
    }

    private static RunningProgram Start(params string[] arguments) =>
        RunningProgram.Start(
            "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "Toss.Quic.Example.dll"), .. arguments]
        );

    /// <summary>Or the connection's end before, which is then what fails.</summary>
    private static async Task SaysAsync(RunningProgram program, string line)
    {
        var said = await program.LineAsync(line, each => each == line || IsEnd(each));
        // Both may be there already, in this order.
        Assert.Contains(line, program.Lines.TakeWhile(each => !IsEnd(each)).Append(said));

        static bool IsEnd(string line) => line.StartsWith("closed ", StringComparison.Ordinal);
    }

    private static async Task<string> ListeningAsync(RunningProgram server)
    {
        const string Prefix = "listening ";
        var line = await server.LineAsync("its address", line => line.StartsWith(Prefix, StringComparison.Ordinal));
        return line[Prefix.Length..];
    }

    private static async Task<string> HashAsync(RunningProgram program, string what) =>
        (await program.LineAsync(what, line => line.StartsWith($"{what} ", StringComparison.Ordinal)))[
            (what.Length + 1)..
        ];
}
