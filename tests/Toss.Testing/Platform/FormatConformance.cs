using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Platform;

/// <summary>
/// Every type at every size, between a clipboard of ours and programs that are not: what they copy comes in and what we put
/// is pasted, byte for byte. A subclass brings the clipboard and the programs.
/// </summary>
public abstract class FormatConformance : IAsyncLifetime
{
    private static readonly byte[] Origin = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private IClipboard _clipboard = null!;

    public static TheoryData<string> Types => [.. FormatSamples.Types];

    /// <summary>The one that goes through the clipboard at 64 MiB.</summary>
    protected virtual string LargestType => MediaTypes.Png;

    protected abstract IReadOnlyList<ForeignProgram> Programs { get; }

    /// <summary>A clipboard that nobody has used, not yet started.</summary>
    protected abstract ValueTask<IClipboard> CreateAsync();

    protected virtual ValueTask TearDownAsync() => ValueTask.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _clipboard = await CreateAsync();
        await Watchdog.Within(_clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");
        await TearDownAsync();
    }

    [Theory, MemberData(nameof(Types))]
    public async Task What_a_program_copies_comes_in_as_it_is(string mediaType)
    {
        foreach (var (program, sample) in Cases(mediaType))
        {
            await ComesInAsync(program, sample);
        }
    }

    [Theory, MemberData(nameof(Types))]
    public async Task What_we_put_is_pasted_as_it_is(string mediaType)
    {
        foreach (var (program, sample) in Cases(mediaType))
        {
            await GoesOutAsync(program, sample);
        }
    }

    [Fact]
    public async Task What_is_as_large_as_is_shared_at_most_goes_both_ways()
    {
        var sample = FormatSamples.OfSize(LargestType, (int)Limits.CopiedContent);
        var program = Programs.First(program => program.Handles(sample));
        await ComesInAsync(program, sample);
        await GoesOutAsync(program, sample);
    }

    private IEnumerable<(ForeignProgram, ContentRepresentation)> Cases(string mediaType) =>
        Programs
            .SelectMany(_ => FormatSamples.Of(mediaType), (program, sample) => (program, sample))
            .Where(one => one.program.Handles(one.sample));

    private async Task ComesInAsync(ForeignProgram program, ContentRepresentation sample)
    {
        await program.CopyAsync(sample);
        // A program that copied before may have ended meanwhile; that is not what is looked for.
        Snapshot seen;
        do
        {
            seen = await Watchdog.Within(_clipboard.Changes.ReadAsync(), $"what {program} copied to come in");
        } while (seen.IsCleared);
        Assert.Empty(seen.Omitted);
        Same(program, sample, seen.Representations.FirstOrDefault(one => one.MediaType == sample.MediaType)?.Bytes);
    }

    private async Task GoesOutAsync(ForeignProgram program, ContentRepresentation sample)
    {
        var content = new ClipContent([sample], Sensitivity.Normal);
        var outcome = await Watchdog.Within(
            _clipboard.ApplyAsync(content, Origin, CancellationToken.None),
            "the clipboard to take content"
        );
        Assert.Equal(ApplyOutcome.Applied, outcome);
        Same(program, sample, await program.PasteAsync(sample.MediaType));
    }

    private static void Same(ForeignProgram program, ContentRepresentation expected, ReadOnlyMemory<byte>? actual) =>
        Assert.True(
            actual?.Span.SequenceEqual(expected.Bytes.Span),
            $"{program}, {expected.MediaType}: {actual?.Length} bytes differ from the {expected.Bytes.Length} expected"
        );
}
