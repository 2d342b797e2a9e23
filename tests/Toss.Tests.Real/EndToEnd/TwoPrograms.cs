using System.Text.Json;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>A relay and two devices, each a process of its own.</summary>
internal sealed class TwoPrograms : IAsyncDisposable
{
    private TwoPrograms(RelayProcess relay, TossProgram a, TossProgram b)
    {
        Relay = relay;
        A = a;
        B = b;
    }

    public RelayProcess Relay { get; }

    public TossProgram A { get; }

    public TossProgram B { get; }

    /// <summary>All three up; A knows the relay, B learns it in pairing. Not yet paired.</summary>
    public static async Task<TwoPrograms> StartAsync(
        string? displayA = null,
        string? displayB = null,
        BuiltPrograms? programs = null,
        bool usesLinks = false,
        string? waylandDisplayB = null
    )
    {
        var relay = await RelayProcess.StartBuiltAsync(programs ?? BuiltPrograms.Default);
        TossProgram? a = null;
        try
        {
            a = await TossProgram.StartAsync("alpha-desk", relay.Url, displayA, programs, usesLinks);
            var b = await TossProgram.StartAsync("beta-lap", null, displayB, programs, usesLinks, waylandDisplayB);
            return new(relay, a, b);
        }
        catch
        {
            if (a is not null)
            {
                await a.DisposeAsync();
            }
            await relay.DisposeAsync();
            throw;
        }
    }

    public static async Task<TwoPrograms> PairedAsync(
        string? displayA = null,
        string? displayB = null,
        bool usesLinks = false,
        string? waylandDisplayB = null
    )
    {
        var two = await StartAsync(displayA, displayB, usesLinks: usesLinks, waylandDisplayB: waylandDisplayB);
        try
        {
            await two.PairAsync();
            return two;
        }
        catch
        {
            await two.DisposeAsync();
            throw;
        }
    }

    /// <summary>By the link, which says where the relay is.</summary>
    public Task<(string Code, string Uri)> PairAsync() => PairAsync(A, B, opened => [opened.Uri]);

    /// <summary>`toss pair --json` on the member, `toss pair …` on the newcomer; both must say so and end with 0.</summary>
    /// <param name="typed">What the newcomer types after `toss pair`.</param>
    public static async Task<(string Code, string Uri)> PairAsync(
        TossProgram member,
        TossProgram newcomer,
        Func<(string Code, string Uri), string[]> typed
    )
    {
        await using var show = member.Begin("pair", "--json");
        var opened = await OpenedAsync(show);
        var joined = (await newcomer.RunAsync(["pair", .. typed(opened), "--json"])).Exits(0).Json();
        var shown = (await show.EndAsync()).Exits(0).JsonLines();
        Assert.Equal(2, shown.Length);
        AssertPaired(newcomer.Name, shown[1]);
        AssertPaired(member.Name, joined);
        return opened;
    }

    /// <summary>The line { code, uri, expiresAt } of `toss pair --json`.</summary>
    public static async Task<(string Code, string Uri)> OpenedAsync(RunningCommand show)
    {
        using var line = JsonDocument.Parse(await show.ReadLineAsync());
        var opened = line.RootElement;
        Assert.Equal(["code", "uri", "expiresAt"], opened.EnumerateObject().Select(property => property.Name));
        Assert.InRange(
            opened.GetProperty("expiresAt").GetDateTimeOffset(),
            DateTimeOffset.UtcNow,
            DateTimeOffset.UtcNow.AddMinutes(5)
        );
        return (opened.GetProperty("code").GetString()!, opened.GetProperty("uri").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Relay.DisposeAsync();
    }

    private static void AssertPaired(string name, JsonElement line)
    {
        var paired = line.GetProperty("paired");
        Assert.Equal(["id", "name"], paired.EnumerateObject().Select(property => property.Name));
        Assert.Equal(name, paired.GetProperty("name").GetString());
    }
}
