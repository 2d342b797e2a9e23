using System.IO.Pipelines;
using System.Text;
using Toss.Agent.Files;
using Toss.Control;
using Toss.Core.Files;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Files whose bytes come with the request: whole, or not at all.</summary>
public sealed class GivenFilesTests : TwoDevices
{
    private static readonly DateTimeOffset time = new(2020, 2, 3, 4, 5, 6, 789, TimeSpan.Zero);

    [Fact]
    public async Task They_stand_in_the_folder_with_their_times_and_empty_folders()
    {
        await PairAsync();
        var events = await SendAsync(
            "onetwo"u8.ToArray(),
            File("one.txt", 3) with
            {
                Modified = time,
            },
            File("empty", 0),
            Folder("trip"),
            Folder("trip", "nothing"),
            new GivenFile(["trip", "two.txt"], 3)
        );
        Assert.Equal("received", Assert.IsType<SendDelivery>(events[^1]).State);
        var whole = Assert.Single(events.OfType<SendSealed>());
        Assert.Equal((3, 2, 6), (whole.Files, whole.Folders, whole.Bytes));
        Assert.Equal(["one.txt", "empty", "trip"], whole.Names);
        Assert.Equal("one", Read("one.txt"));
        Assert.Equal("two", Read("trip/two.txt"));
        Assert.Equal("", Read("empty"));
        Assert.True(Directory.Exists(Path.Combine(B.Received, "trip", "nothing")));
        Assert.Equal(time.UtcDateTime, System.IO.File.GetLastWriteTimeUtc(Path.Combine(B.Received, "one.txt")));
        var entry = Assert.Single(await A.Control.GetHistoryAsync(null, 10, default));
        Assert.Equal(("one.txt, empty, trip (3 files)", "complete"), (entry.Preview, entry.State));
    }

    /// <summary>More than a run and a piece, in bits as a network has them.</summary>
    [Fact]
    public async Task A_large_one_arrives_as_it_was()
    {
        await PairAsync();
        var content = TestContent.Noise(3_000_001);
        Assert.IsType<SendDelivery>((await SendAsync(content, File("large", content.Length)))[^1]);
        Assert.True(content.AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(Path.Combine(B.Received, "large"))));
    }

    /// <summary>Legal where they come from; who receives makes them safe.</summary>
    [Theory]
    [InlineData("..\\..\\evil", ".._.._evil")]
    [InlineData("CON", "_CON")]
    [InlineData(".toss-x", "_.toss-x")]
    [InlineData("photo\u202Egpj.exe", "photogpj.exe")]
    [InlineData("two\nlines", "two_lines")]
    [InlineData("...", "_")]
    public async Task A_name_that_is_unusual_comes_as_a_safe_one(string name, string safe)
    {
        await PairAsync();
        var events = await SendAsync("x"u8.ToArray(), File(name, 1));
        Assert.Equal([safe], Assert.Single(events.OfType<SendSealed>()).Names);
        Assert.Equal("x", Read(safe));
        Assert.Equal([safe], Directory.GetFileSystemEntries(B.Received).Select(Path.GetFileName));
    }

    public static TheoryData<string, string> Refused =>
        new()
        {
            { """{"files":[],"device":null}""", ControlErrors.Empty },
            { """{"files":[null],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":[],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":[null],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":[""],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":["."],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":[".."],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":["../x"],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":["/etc/passwd"],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":["a\u0000b"],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            { """{"files":[{"names":["a"],"size":-1}],"device":null}""", ControlErrors.InvalidArgument },
            // In a folder that was not named, in itself a file, and a folder twice.
            { """{"files":[{"names":["a","b"],"size":1}],"device":null}""", ControlErrors.InvalidArgument },
            {
                """{"files":[{"names":["a"],"size":1},{"names":["a","b"],"size":1}],"device":null}""",
                ControlErrors.InvalidArgument
            },
            {
                """{"files":[{"names":["a"],"size":null},{"names":["a"],"size":null}],"device":null}""",
                ControlErrors.InvalidArgument
            },
            { """{"files":[{"names":["a"],"size":9223372036854775807}],"device":null}""", ControlErrors.TooLarge },
            // Each within bounds, and not in sum: first beyond a set, then beyond what is sent at once.
            {
                """{"files":[{"names":["a"],"size":4398046511104},{"names":["b"],"size":4398046511104}],"device":null}""",
                ControlErrors.TooLarge
            },
            { """{"files":[{"names":["a"],"size":4294967297}],"device":null}""", ControlErrors.TooLarge },
            { """{"files":[{"names":["a"],"size":1}],"device":"nobody"}""", ControlErrors.NoSuchDevice },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_no_list_of_files_is_refused_before_a_byte_is_read(string list, string code)
    {
        await PairAsync();
        var request = System.Text.Json.JsonSerializer.Deserialize(list, ControlJson.Default.GivenFilesRequest)!;
        await RefusesAsync(request, code);
    }

    [Fact]
    public async Task More_than_a_set_holds_is_refused()
    {
        await PairAsync();
        var most = Enumerable.Range(0, FileSetLimits.Entries).Select(i => File($"{i}", 0)).ToList();
        await A.Control.CheckGivenFilesAsync(new(most, null), default);
        await RefusesAsync(new([.. most, File("one more", 0)], null), ControlErrors.TooLarge);
        await RefusesAsync(new([File(new string('x', FileSetLimits.Name + 1), 0)], null), ControlErrors.TooLarge);
        List<string> deep = [];
        List<GivenFile> folders = [];
        for (var i = 0; i <= FileSetLimits.Depth; i++)
        {
            deep.Add("d");
            folders.Add(new([.. deep], null));
        }
        await RefusesAsync(new(folders, null), ControlErrors.TooLarge);
        // More than history may hold on this device.
        await A.Control.SetConfigAsync(ConfigKeys.HistorySize, "64", default);
        await RefusesAsync(new([File("a", 65 * 1024 * 1024)], null), ControlErrors.TooLarge);
    }

    [Fact]
    public async Task A_disk_without_room_is_said_before_a_byte_is_read()
    {
        await PairAsync();
        A.Free = 999;
        await A.Control.CheckGivenFilesAsync(new([File("a", 999)], null), default);
        await RefusesAsync(new([File("a", 1000)], null), ControlErrors.Storage);
    }

    [Fact]
    public async Task While_sharing_is_paused_or_nobody_is_there_nothing_is_taken()
    {
        await RefusesAsync(new([File("a", 1)], null), ControlErrors.NoSuchDevice);
        await PairAsync();
        await A.Control.PauseAsync(null, default);
        await RefusesAsync(new([File("a", 1)], null), ControlErrors.Paused);
        await A.Control.ResumeAsync(default);
        await A.Control.SetRuleAsync(new("out", "Bert", "other", "never", null), default);
        await RefusesAsync(new([File("a", 1)], "Bert"), ControlErrors.ByRule);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(199_999)]
    [InlineData(200_001)]
    public async Task One_byte_less_or_more_and_nothing_is_sent(int length)
    {
        await PairAsync();
        var failed = Assert.IsType<SendFailed>((await SendAsync(TestContent.Noise(length), File("a", 200_000)))[^1]);
        Assert.Equal(ControlErrors.InvalidArgument, failed.Code);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_connection_that_breaks_leaves_nothing()
    {
        await PairAsync();
        var pipe = new Pipe();
        var sending = CollectAsync(new([File("a", 9_000_000)], null), pipe.Reader.AsStream());
        await pipe.Writer.WriteAsync(TestContent.Noise(300_000));
        await pipe.Writer.CompleteAsync(new IOException("torn"));
        Assert.IsType<SendFailed>((await Watchdog.Within(sending, "the failure"))[^1]);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Who_lets_go_half_way_leaves_nothing()
    {
        await PairAsync();
        var pipe = new Pipe();
        using var stop = new CancellationTokenSource();
        var sending = CollectAsync(new([File("a", 90_000_000)], null), pipe.Reader.AsStream(), stop.Token);
        await pipe.Writer.WriteAsync(TestContent.Noise(9_000_000));
        await TestPairing.Until(
            () => Task.FromResult(A.BlobFiles.Any(file => new FileInfo(file).Length > 0)),
            "some of it to be sealed"
        );
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watchdog.Within(sending, "the end"));
        await NothingIsLeftAsync();
        // And what comes next is taken.
        Assert.Equal(
            "received",
            Assert.IsType<SendDelivery>((await SendAsync("x"u8.ToArray(), File("b", 1)))[^1]).State
        );
    }

    [Fact]
    public async Task Once_all_of_it_came_it_goes_on_by_itself()
    {
        await PairAsync();
        var content = TestContent.Noise(8 * 1024 * 1024);
        var gate = new TaskCompletionSource();
        B.HoldChunks(gate.Task);
        await foreach (
            var next in A.Control.SendGivenFilesAsync(
                new([File("a", content.Length)], "Bert"),
                new MemoryStream(content),
                default
            )
        )
        {
            if (next is SendDelivery { State: "sending" })
            {
                break;
            }
        }
        gate.SetResult();
        await TestPairing.Until(
            () => Task.FromResult(System.IO.File.Exists(Path.Combine(B.Received, "a"))),
            "the file to be there"
        );
    }

    [Fact]
    public async Task A_few_come_at_a_time()
    {
        await PairAsync();
        var pipes = Enumerable.Range(0, GivenSending.Most).Select(_ => new Pipe()).ToList();
        var coming = pipes
            .Select((pipe, i) => CollectAsync(new([File($"{i}", 3)], null), pipe.Reader.AsStream()))
            .ToList();
        await TestPairing.Until(() => Task.FromResult(A.BlobFiles.Count == GivenSending.Most), "them to be read");
        await RefusesAsync(new([File("one more", 3)], null), ControlErrors.Busy);
        foreach (var pipe in pipes)
        {
            await pipe.Writer.WriteAsync("abc"u8.ToArray());
            await pipe.Writer.CompleteAsync();
        }
        foreach (var one in coming)
        {
            Assert.Equal("received", Assert.IsType<SendDelivery>((await Watchdog.Within(one, "the end"))[^1]).State);
        }
        await A.Control.CheckGivenFilesAsync(new([File("one more", 3)], null), default);
    }

    private static GivenFile File(string name, long size) => new([name], size);

    private static GivenFile Folder(params string[] names) => new(names, null);

    private string Read(string name) => System.IO.File.ReadAllText(Path.Combine(B.Received, name), Encoding.UTF8);

    private Task<List<SendEvent>> SendAsync(byte[] content, params GivenFile[] files) =>
        Watchdog.Within(CollectAsync(new(files, null), new MemoryStream(content)), "the end of sending");

    private async Task<List<SendEvent>> CollectAsync(
        GivenFilesRequest request,
        Stream content,
        CancellationToken cancellation = default
    )
    {
        var events = new List<SendEvent>();
        await foreach (var next in A.Control.SendGivenFilesAsync(request, content, cancellation))
        {
            events.Add(next);
        }
        return events;
    }

    private async Task RefusesAsync(GivenFilesRequest request, string code)
    {
        var untouched = new MemoryStream(new byte[10]);
        var asked = await Assert.ThrowsAsync<ControlException>(() => A.Control.CheckGivenFilesAsync(request, default));
        var sent = await Assert.ThrowsAsync<ControlException>(() => CollectAsync(request, untouched));
        Assert.Equal((code, code), (asked.Code, sent.Code));
        Assert.Equal(0, untouched.Position);
    }

    private async Task NothingIsLeftAsync()
    {
        await TestPairing.Until(() => Task.FromResult(A.BlobFiles.Count == 0), "the sender to keep no blob");
        Assert.Empty(await A.Control.GetHistoryAsync(null, 10, default));
        Assert.False(Directory.Exists(B.Received));
    }
}
