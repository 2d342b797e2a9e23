using System.Text;
using Toss.Control;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>
/// A relay and two devices, what they acknowledged, and what must hold however they end. Between agents and relay stands a
/// tap that looks for a message key used twice.
/// </summary>
internal sealed class KillWorld : IAsyncDisposable
{
    /// <summary>Beyond what travels in an envelope, and some chunks of a blob.</summary>
    private const int Large = 300_000;

    private const string Text = "text/plain;charset=utf-8";

    private readonly BuiltPrograms _programs;
    private readonly HashSet<string> _acknowledged = new(StringComparer.Ordinal);
    private readonly EnvelopeWatch _envelopes = new();
    private readonly Lock _gate = new();
    private RelayTap? _tap;
    private int _copies;
    private int _frames;
    private bool _spoil;

    // Of the time they were last brought together.
    private IReadOnlyList<string> _sharedWithB = [];

    public KillWorld(BuiltPrograms programs)
    {
        _programs = programs;
        A = new TossProgram("alpha-desk", programs: programs);
        B = new TossProgram("beta-lap", programs: programs);
    }

    public TossProgram A { get; }

    public TossProgram B { get; }

    public RelayProcess? Relay { get; private set; }

    /// <summary>Copies that an agent said it recorded.</summary>
    public int Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return _acknowledged.Count;
            }
        }
    }

    /// <summary>Frames that agents sent to the relay.</summary>
    public int Frames => Volatile.Read(ref _frames);

    /// <summary>Envelopes that passed, each counted once.</summary>
    public int Envelopes
    {
        get
        {
            lock (_gate)
            {
                return _envelopes.Count;
            }
        }
    }

    /// <summary>Whatever does not run is started, again or for the first time.</summary>
    public async Task UpAsync()
    {
        await RelayUpAsync();
        await Task.WhenAll(AgentUpAsync(A, "--relay", _tap!.Url.AbsoluteUri), AgentUpAsync(B));
    }

    public async Task RelayUpAsync()
    {
        if (Relay is null)
        {
            Relay = await RelayProcess.StartBuiltAsync(_programs);
            _tap = new RelayTap(Relay.Port, keeps: false) { Passing = PassAsync };
        }
        else if (!RelayRuns())
        {
            await Relay.RestartAsync();
        }
    }

    public async Task AgentUpAsync(TossProgram agent, params string[] arguments)
    {
        if (!agent.IsRunning)
        {
            await agent.UpAsync(["--name", agent.Name, .. arguments]);
        }
    }

    public async Task KillAllAsync()
    {
        await A.KillAsync();
        await B.KillAsync();
        await Relay!.KillAsync();
    }

    /// <summary>B joins A by the link.</summary>
    public async Task PairAsync(CancellationToken cancellation)
    {
        await Eventually.HoldsAsync(
            "the inviter to reach the relay",
            async () =>
                cancellation.IsCancellationRequested
                || (await A.Control.GetStatusAsync(cancellation)).Relay.State == "connected",
            A.StateAsync
        );
        cancellation.ThrowIfCancellationRequested();
        await foreach (var shown in A.Control.OpenPairingAsync(new OpenPairingRequest(AcceptAll: true), cancellation))
        {
            if (shown is PairingOpened opened)
            {
                await foreach (var joined in B.Control.JoinAsync(new JoinRequest(opened.Uri, null), cancellation))
                {
                    Refuse(joined);
                }
            }
            Refuse(shown);
        }
    }

    /// <summary>
    /// A copy that counts as acknowledged once the agent said so. Gives what tells it from all others in history: a word of
    /// its own, or, for a large one, which has no preview, its size.
    /// </summary>
    public async Task<string> CopyAsync(TossProgram at, bool large, CancellationToken cancellation)
    {
        var number = Interlocked.Increment(ref _copies);
        var content = large ? new byte[Large + number] : Encoding.UTF8.GetBytes($"{at.Name}-{number}");
        if (large)
        {
            content.AsSpan().Fill((byte)'x');
        }
        var word = large ? $"large-{content.Length}" : $"{at.Name}-{number}";
        var report = await at.Control.CopyAsync(Text, new MemoryStream(content), false, cancellation);
        Assert.True(report.Clip is not null, $"{at.Name} did not record a copy: {report.Reason}");
        lock (_gate)
        {
            _acknowledged.Add(word);
        }
        return word;
    }

    /// <summary>Both hold each other, or neither does; then they pair.</summary>
    public async Task PairedOnBothOrOnNeitherAsync()
    {
        if ((await A.PeersAsync()).Length == 0)
        {
            Assert.Empty(await B.PeersAsync());
            await PairAsync(CancellationToken.None);
        }
        await Eventually.HoldsAsync(
            "both to hold each other",
            async () => await A.PeersAsync() is ["beta-lap"] && (await B.PeersAsync()).Length == 1,
            StateAsync
        );
    }

    /// <summary>A has removed B, and B hears of it; what A copies now is its own. As another device B may come again.</summary>
    public async Task PartedAsync()
    {
        Assert.Empty(await A.PeersAsync());
        await Eventually.HoldsAsync(
            "the removed device to know of it",
            async () => (await B.PeersAsync()).Length == 0,
            StateAsync
        );
        var locked = await Assert.ThrowsAsync<ControlException>(() => HistoryAsync(B));
        Assert.Equal(ControlErrors.HistoryLocked, locked.Code);
        await ComesAgainAsync();
    }

    /// <summary>B has left, and A hears of it; B's history is its own, as A's is. As another device B may come again.</summary>
    public async Task LeftAsync()
    {
        Assert.Empty(await B.PeersAsync());
        await Eventually.HoldsAsync(
            "the device that stays to know of it",
            async () => (await A.PeersAsync()).Length == 0,
            StateAsync
        );
        Assert.Empty(_sharedWithB.Except(await HistoryAsync(B)));
        await ComesAgainAsync();
    }

    /// <summary>B was removed a day ago: nothing that was shared is there any more. As another device it may come again.</summary>
    public async Task ForgottenAsync()
    {
        await Eventually.HoldsAsync(
            "the removed device to erase what it shared",
            async () => !(await HistoryAsync(B)).Intersect(_sharedWithB).Any(),
            StateAsync
        );
        await ComesAgainAsync();
    }

    /// <summary>What A copies, apart from B, is its own; paired again, they share.</summary>
    private async Task ComesAgainAsync()
    {
        var alone = await CopyAsync(A, false, CancellationToken.None);
        Assert.NotEqual(alone, await ReadAsync(B));
        await TogetherAsync();
        var history = await HistoryAsync(A);
        Assert.Equal(history.Distinct(), history);
        Assert.Empty(_acknowledged.Except(history));
        Assert.Null(_envelopes.Problem);
    }

    /// <summary>Both are paired, and B has what A copies.</summary>
    public async Task TogetherAsync()
    {
        await PairedOnBothOrOnNeitherAsync();
        var together = await CopyAsync(A, false, CancellationToken.None);
        await Eventually.HoldsAsync(
            "a copy to reach the second device",
            async () => await ReadAsync(B) == together,
            StateAsync
        );
        _sharedWithB = [together];
    }

    /// <summary>The next envelope that the relay hands to an agent arrives with another bit, and so never.</summary>
    public void SpoilNextEnvelope() => Volatile.Write(ref _spoil, true);

    /// <summary>Whether B's history has what <see cref="CopyAsync"/> gave.</summary>
    public async Task<bool> HasAsync(string word) => (await HistoryAsync(B)).Contains(word);

    /// <summary>
    /// Copies still go both ways; both histories are the same, hold everything that was acknowledged, and nothing twice; no
    /// message key was used twice.
    /// </summary>
    public async Task HoldsAsync()
    {
        // What was copied at the same moment on both is in no order; what is copied after all of it arrived is the newest.
        await HistoriesAreTheSameAsync();
        foreach (var (from, to) in new[] { (A, B), (B, A) })
        {
            var word = await CopyAsync(from, false, CancellationToken.None);
            await Eventually.HoldsAsync(
                $"the newest copy, {word}, on the clipboard of {to.Name}",
                async () => await ReadAsync(to) == word,
                StateAsync
            );
        }
        await HistoriesAreTheSameAsync();
        var history = await HistoryAsync(A);
        Assert.Equal(history.Distinct(), history);
        Assert.Empty(_acknowledged.Except(history));
        Assert.Null(_envelopes.Problem);
    }

    /// <summary>Nothing of large content lies on a disk but what a history holds, once all has come.</summary>
    public Task HasNoRestsAsync() =>
        Eventually.HoldsAsync(
            "no half-done content to be on a disk",
            () =>
                Task.FromResult(
                    new[] { A, B }.All(program =>
                        new[] { "staging", "partial" }.All(folder =>
                            Directory.GetFiles(Path.Combine(program.Folders.Data, "blobs", folder)).Length == 0
                        )
                    )
                ),
            StateAsync
        );

    /// <summary>What <see cref="CopyAsync"/> gave for each clip, in the order of their text.</summary>
    public static async Task<IReadOnlyList<string>> HistoryAsync(TossProgram program) =>
        [
            .. (await program.Control.GetHistoryAsync(null, 10_000, CancellationToken.None))
                .Select(entry => entry.Preview.StartsWith('[') ? $"large-{entry.Size}" : entry.Preview)
                .Order(StringComparer.Ordinal),
        ];

    public async Task<string> StateAsync() => $"{await A.StateAsync()}\n{await B.StateAsync()}\nrelay: {Relay?.Errors}";

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        if (_tap is not null)
        {
            await _tap.DisposeAsync();
        }
        if (Relay is not null)
        {
            await Relay.DisposeAsync();
        }
    }

    /// <summary>
    /// As <see cref="RelayProcess.IsRunning"/>, which hears of a death only when the dead is buried: until then its
    /// environment is empty.
    /// </summary>
    private bool RelayRuns()
    {
        try
        {
            return Relay!.IsRunning && File.ReadAllText($"/proc/{Relay.Id}/environ").Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Refuse(PairingEvent happened)
    {
        if (happened is PairingFailed failed)
        {
            throw new InvalidOperationException($"Pairing failed: {failed}");
        }
    }

    private static async Task<string?> ReadAsync(TossProgram program)
    {
        if (await program.Control.PasteAsync(Text, null, CancellationToken.None) is not { } content)
        {
            return null;
        }
        using var reader = new StreamReader(content.Content);
        return await reader.ReadToEndAsync();
    }

    private Task HistoriesAreTheSameAsync() =>
        Eventually.HoldsAsync(
            "both histories to be the same",
            async () => (await HistoryAsync(A)).SequenceEqual(await HistoryAsync(B)),
            async () => $"{await DifferenceAsync()}\n{await StateAsync()}"
        );

    private async Task<string> DifferenceAsync()
    {
        var (a, b) = (await HistoryAsync(A), await HistoryAsync(B));
        return $"only A: {string.Join(' ', a.Except(b))}; only B: {string.Join(' ', b.Except(a))}; {a.Count} and {b.Count}";
    }

    private Task<Toss.Wire.RelayFrame?> PassAsync(TappedFrame passing)
    {
        if (passing.FromAgent)
        {
            Interlocked.Increment(ref _frames);
            lock (_gate)
            {
                _envelopes.See(Google.Protobuf.MessageExtensions.ToByteArray(passing.Frame));
            }
        }
        else if (passing.Frame.Incoming is { } incoming && Interlocked.Exchange(ref _spoil, false))
        {
            var bytes = incoming.Envelope.ToByteArray();
            bytes[^1] ^= 1;
            incoming.Envelope = Google.Protobuf.ByteString.CopyFrom(bytes);
        }
        return Task.FromResult<Toss.Wire.RelayFrame?>(passing.Frame);
    }
}
