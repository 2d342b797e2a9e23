using Toss.Testing.Programs;
using Toss.Testing.Relay;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>A relay and three devices that share, each a process of its own.</summary>
internal sealed class ThreePrograms : IAsyncDisposable
{
    private readonly TwoPrograms _two;

    private ThreePrograms(TwoPrograms two, TossProgram c)
    {
        _two = two;
        C = c;
    }

    public RelayProcess Relay => _two.Relay;

    public TossProgram A => _two.A;

    public TossProgram B => _two.B;

    public TossProgram C { get; }

    public TossProgram[] All => [A, B, C];

    /// <summary>B is paired with A, which knows the relay; C with one of them. Returns when each holds the two others.</summary>
    /// <param name="memberIsA">Whether A lets C in, or else B.</param>
    /// <param name="displays">Three, or none.</param>
    public static async Task<ThreePrograms> PairedAsync(bool memberIsA, params string[] displays)
    {
        var two = await TwoPrograms.PairedAsync(displays.ElementAtOrDefault(0), displays.ElementAtOrDefault(1));
        TossProgram? c = null;
        try
        {
            c = await TossProgram.StartAsync("gamma-hut", null, displays.ElementAtOrDefault(2));
            await TwoPrograms.PairAsync(memberIsA ? two.A : two.B, c, opened => [opened.Uri]);
            var three = new ThreePrograms(two, c);
            await three.HasPeersAsync(three.A, three.B.Name, c.Name);
            await three.HasPeersAsync(three.B, three.A.Name, c.Name);
            await three.HasPeersAsync(c, three.A.Name, three.B.Name);
            return three;
        }
        catch
        {
            if (c is not null)
            {
                await c.DisposeAsync();
            }
            await two.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until this one holds these and nobody else; names in the order of their letters.</summary>
    public Task HasPeersAsync(TossProgram program, params string[] names) =>
        Eventually.HoldsAsync(
            $"the companions of {program.Name} to be [{string.Join(", ", names)}]",
            async () => (await program.PeersAsync()).SequenceEqual(names),
            StateAsync
        );

    public async Task<string> StateAsync() =>
        string.Join('\n', await Task.WhenAll(All.Select(program => program.StateAsync())));

    public async ValueTask DisposeAsync()
    {
        await C.DisposeAsync();
        await _two.DisposeAsync();
    }
}
