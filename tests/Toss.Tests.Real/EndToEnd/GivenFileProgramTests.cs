using System.Globalization;
using Toss.Control;
using Toss.Core.Streams;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Files whose bytes are given to a program, as the screens do.</summary>
public sealed class GivenFileProgramTests : IDisposable
{
    private const int Large = 256 * 1024 * 1024;

    /// <summary>As for files that have paths: queues, chunks, what the collector did not get to yet.</summary>
    private const long MostAboveIdle = 40L * 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_large_one_arrives_and_memory_stays_flat()
    {
        await using var two = await TwoPrograms.PairedAsync();
        var received = Directory.CreateDirectory(_folder["received"]).FullName;
        await two.B.JsonAsync("config", "receive-folder", received);
        var content = TestContent.Noise(Large);
        var idle = ProcessMemory.Peak(two.A.DaemonPid);
        var events = await Watchdog.Within(
            two.A.Control.SendGivenFilesAsync(OneFile, new MemoryStream(content), default).ToListAsync().AsTask(),
            "the file to arrive"
        );
        Assert.Equal("received", Assert.IsType<SendDelivery>(events[^1]).State);
        var above = ProcessMemory.Peak(two.A.DaemonPid) - idle;
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"256 MiB given: {above / 1024.0 / 1024:0.0} MiB above idle")
        );
        Assert.InRange(above, 0, MostAboveIdle);
        var arrived = await File.ReadAllBytesAsync(Path.Combine(received, "large"));
        Assert.True(content.AsSpan().SequenceEqual(arrived));
    }

    [Fact]
    public async Task Who_is_killed_while_they_come_has_nothing_of_them_afterwards()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.B.JsonAsync("config", "receive-folder", Directory.CreateDirectory(_folder["received"]).FullName);
        var half = new HalfStream(Large / 2);
        var sending = two.A.Control.SendGivenFilesAsync(OneFile, half, default).ToListAsync().AsTask();
        var blobs = Path.Combine(two.A.Folders.Data, "blobs");
        await Eventually.HoldsAsync(
            "half of it to be sealed",
            () => Task.FromResult(FilesIn(blobs).Sum(file => new FileInfo(file).Length) > Large / 4)
        );
        await two.A.KillAsync();
        half.Release();
        await Assert.ThrowsAsync<ControlException>(() => Watchdog.Within(sending, "the connection to break"));
        Assert.NotEmpty(FilesIn(blobs));
        // The bytes themselves are nowhere.
        Assert.DoesNotContain(
            FilesIn(two.A.Folders.Data),
            file => File.ReadAllBytes(file).AsSpan().IndexOf(half.Marker) >= 0
        );
        await two.A.UpAsync();
        Assert.Empty(FilesIn(blobs));
        Assert.Empty((await two.A.Control.GetHistoryAsync(new(null, 10), default)).Entries);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["received"]));
    }

    private static GivenFilesRequest OneFile => new([new(["large"], Large)], null);

    private static string[] FilesIn(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories);

    /// <summary>So many bytes, and then nothing until somebody says so.</summary>
    private sealed class HalfStream(int length) : ForwardReader
    {
        private readonly TaskCompletionSource _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _given;

        /// <summary>What the content is made of.</summary>
        public byte[] Marker { get; } = TestContent.Noise(1024);

        public void Release() => _rest.TrySetResult();

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (_given >= length)
            {
                await _rest.Task.WaitAsync(cancellationToken);
                return 0;
            }
            var piece = Math.Min(Marker.Length, buffer.Length);
            Marker.AsSpan(0, piece).CopyTo(buffer.Span);
            _given += piece;
            return piece;
        }
    }
}
