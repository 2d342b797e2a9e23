using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Toss.Control;

namespace Toss.Tests.Ui;

/// <summary>An agent that a test plays: what it tells comes from channels, what it is asked is written down.</summary>
internal sealed class PlayedAgent : IControl
{
    private Channel<AgentEvent> _events = Channel.CreateUnbounded<AgentEvent>();
    private long _sequence;
    private (string Call, TaskCompletionSource Until)? _held;

    public List<string> Calls { get; } = [];

    /// <summary>Every request from now on fails with it.</summary>
    public ControlException? Fail { get; set; }

    /// <summary>An order was refused: what is after it may not be.</summary>
    public Action? OnFail { get; set; }

    public Channel<PairingEvent> Pairing { get; } = Channel.CreateUnbounded<PairingEvent>();

    public SendReport Sent { get; set; } = new("clip-1", 5, ["phone"], []);

    public ClipReport? Clip { get; set; }

    public byte[] Content { get; set; } = [];

    public IReadOnlyList<DoctorCheck> Checks { get; set; } = [];

    public DoctorCheck Tested { get; set; } = new("relay", DoctorCheck.Ok, "admitted", "in English");

    public IReadOnlyList<DeviceReport> Devices { get; set; } = [];

    public StorageReport Storage { get; set; } = new(12, 3_000_000, 1_500_000, 2_000_000, 10_000, 2_147_483_648, 90);

    public ExportReport Exported { get; set; } = new(true, 12, 3_000_000);

    public AboutReport About { get; set; } =
        new("0.1.0", ".NET 10.0", "Linux, x64", "/home/me/toss", "/home/me/toss.log", "MIT")
        {
            Parts = [new PartReport("jsQR", "Apache-2.0")],
        };

    /// <summary>Orders are written down, and done only after it.</summary>
    public TaskCompletionSource? HoldOrders { get; set; }

    public int Renewed { get; set; } = 2;

    public string Run { get; set; } = "run-1";

    public void Tell(AgentEvent happened) =>
        _events.Writer.TryWrite(happened with { Run = Run, Sequence = ++_sequence });

    /// <summary>This call is answered only after <see cref="Release"/>.</summary>
    public void Hold(string call) =>
        _held = (call, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Release() => _held?.Until.SetResult();

    /// <summary>The stream breaks; the next that watches gets another.</summary>
    public void Break()
    {
        var old = _events;
        _events = Channel.CreateUnbounded<AgentEvent>();
        old.Writer.Complete(new ControlException(ControlErrors.NoDaemon, "ended"));
    }

    public async IAsyncEnumerable<AgentEvent> WatchAsync(
        EventPosition? after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"watch after {after}", true);
        await foreach (var next in _events.Reader.ReadAllAsync(cancellation))
        {
            yield return next;
        }
    }

    public Task<StatusReport> GetStatusAsync(CancellationToken cancellation) => Do<StatusReport>("status", null!);

    public async IAsyncEnumerable<PairingEvent> OpenPairingAsync(
        OpenPairingRequest request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"pair yes={request.AcceptAll}", true);
        await foreach (var next in PairAsync(cancellation))
        {
            yield return next;
        }
    }

    public async IAsyncEnumerable<PairingEvent> JoinAsync(
        JoinRequest request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"join {request.CodeOrUri} relay={request.Relay}", true);
        await foreach (var next in PairAsync(cancellation))
        {
            yield return next;
        }
    }

    public Task ConfirmPairingAsync(string pairingId, bool accept, CancellationToken cancellation) =>
        Do($"confirm {pairingId} {accept}", true);

    public Task<ClipReport> GetClipAsync(string clip, CancellationToken cancellation) =>
        Clip is null
            ? Task.FromException<ClipReport>(new ControlException(ControlErrors.NoSuchClip, "none"))
            : Do($"show {clip}", Clip);

    public Task<FormatContent> ReadClipAsync(string clip, int format, long offset, CancellationToken cancellation) =>
        Do($"read {clip} {format}", new FormatContent("image/png", Content.Length, new MemoryStream(Content)));

    public Task<SendReport> SendAsync(SendRequest request, CancellationToken cancellation) =>
        Do(request.Clip is { } clip ? $"send {request.Device} clip={clip}" : $"send {request.Device}", Sent);

    public Task PauseAsync(TimeSpan? duration, CancellationToken cancellation) =>
        Do($"pause {duration?.TotalMinutes}", true);

    public Task ResumeAsync(CancellationToken cancellation) => Do("resume", true);

    public Task<TransferReport> CancelAsync(int transfer, CancellationToken cancellation) =>
        Do<TransferReport>($"cancel {transfer}", null!);

    public Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation) =>
        DoHeld("doctor", () => Checks);

    public Task<DoctorCheck> TestRelayAsync(RelayTestRequest request, CancellationToken cancellation) =>
        Do($"test relay {request.Url} token={request.Token}", Tested);

    public Task<IReadOnlyList<DeviceReport>> GetDevicesAsync(CancellationToken cancellation) => Do("devices", Devices);

    public Task<DeviceReport> UnpairAsync(string device, IReadOnlyList<string> keep, CancellationToken cancellation) =>
        DoHeld<DeviceReport>($"unpair {device} keep={string.Join(',', keep)}", () => null!);

    public Task LeaveAsync(CancellationToken cancellation) => Do("leave", true);

    public Task RenameAsync(string name, CancellationToken cancellation) => Do($"rename {name}", true);

    public Task<IReadOnlyList<ConfigEntry>> GetConfigAsync(CancellationToken cancellation) => throw Unused();

    public Task<ConfigEntry> SetConfigAsync(string key, string? value, CancellationToken cancellation) =>
        DoOrder<ConfigEntry>($"config {key}={value ?? "<default>"}", null!);

    public Task<CopyReport> CopyAsync(
        string mediaType,
        Stream content,
        bool isSecret,
        CancellationToken cancellation
    ) => throw Unused();

    public Task<PasteContent?> PasteAsync(string? mediaType, TimeSpan? wait, CancellationToken cancellation) =>
        throw Unused();

    /// <summary>What it has, newest first; questions with words or other wishes are answered by <see cref="Found"/>.</summary>
    public List<HistoryEntry> History { get; } = [];

    public Func<HistoryRequest, IEnumerable<HistoryEntry>>? Found { get; set; }

    /// <summary>Questions to history wait for it.</summary>
    public TaskCompletionSource? HoldHistory { get; set; }

    public async Task<HistoryPage> GetHistoryAsync(HistoryRequest request, CancellationToken cancellation)
    {
        await Do($"history {Say(request)}", true);
        if (HoldHistory is { } hold)
        {
            await hold.Task.WaitAsync(cancellation);
        }
        var all = (Found?.Invoke(request) ?? History).ToList();
        var begin = request.Before is { } before ? all.FindIndex(entry => entry.Id == before) + 1 : 0;
        IReadOnlyList<HistoryEntry> page = [.. all.Skip(begin).Take(request.Limit)];
        return new HistoryPage(page, begin + page.Count < all.Count ? page[^1].Id : null);
    }

    public CopyReport Copied { get; set; } = new("clip-new", null, 5, 1);

    public Task<CopyReport> CopyAgainAsync(CopyAgainRequest request, CancellationToken cancellation) =>
        Do($"copy {request.Clip}{(request.Plain ? " plain" : "")}", Copied);

    public async Task<DeleteReport> DeleteAsync(DeleteRequest request, CancellationToken cancellation)
    {
        await DoOrder($"delete {string.Join(' ', request.Clips)}{(request.Everywhere ? " everywhere" : "")}", true);
        foreach (var clip in request.Clips)
        {
            _ = History.RemoveAll(entry => entry.Id == clip);
            Tell(new ClipErased(clip));
        }
        return new DeleteReport(1, request.Everywhere ? 1 : 0, request.Everywhere ? null : Samples.Now.AddMinutes(10));
    }

    public Task<DeleteReport> ClearHistoryAsync(CancellationToken cancellation) =>
        Do("clear", new DeleteReport(History.Count, 0, Samples.Now.AddMinutes(10)));

    public Task<UndoReport> UndoDeleteAsync(CancellationToken cancellation) => Do("undo", new UndoReport(1));

    public async Task<HistoryEntry> MarkClipAsync(MarkRequest request, CancellationToken cancellation)
    {
        var marks =
            $"{(request.Pinned is { } pin ? $" pin={pin}" : "")}{Tags("+", request.Add)}{Tags("-", request.Remove)}";
        await DoOrder($"mark {request.Clip}{marks}", true);
        var at = History.FindIndex(entry => entry.Id == request.Clip);
        History[at] = History[at] with
        {
            Pinned = request.Pinned ?? History[at].Pinned,
            Tags = [.. History[at].Tags.Concat(request.Add ?? []).Except(request.Remove ?? [])],
        };
        Tell(new ClipMarked(request.Clip, History[at].Pinned, History[at].Tags));
        return History[at];

        static string Tags(string sign, IReadOnlyList<string>? tags) =>
            tags is null ? "" : $" {sign}{string.Join(',', tags)}";
    }

    private static string Say(HistoryRequest request)
    {
        (string Name, object? Value)[] all =
        [
            ("query", request.Query),
            ("type", request.Type),
            ("device", request.Device),
            ("since", request.Since?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)),
            ("before", request.Before),
            ("pinned", request.Pinned ? true : null),
            ("tag", request.Tag),
        ];
        return string.Join(
            ' ',
            all.Where(one => one.Value is not null).Select(one => $"{one.Name}={one.Value}").Prepend($"{request.Limit}")
        );
    }

    public IAsyncEnumerable<SendEvent> SendFilesAsync(SendFilesRequest request, CancellationToken cancellation) =>
        throw Unused();

    public IAsyncEnumerable<SendEvent> SendGivenFilesAsync(
        GivenFilesRequest request,
        Stream content,
        CancellationToken cancellation
    ) => throw Unused();

    public Task CheckGivenFilesAsync(GivenFilesRequest request, CancellationToken cancellation) =>
        DoHeld(
            $"check {string.Join(' ', request.Files.Select(file => string.Join('/', file.Names)))} to={request.Device}",
            () => true
        );

    public Task<StorageReport> GetStorageAsync(CancellationToken cancellation) => Do("storage", Storage);

    public Task<Stream> ExportAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellation) => throw Unused();

    public Task<ExportReport> GetExportAsync(CancellationToken cancellation) => Do("exported", Exported);

    public Task CheckBackupAsync(
        ReadOnlyMemory<byte> passphrase,
        ReadOnlyMemory<byte> beginning,
        CancellationToken cancellation
    ) => throw Unused();

    public Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> passphrase,
        Stream backup,
        bool settings,
        CancellationToken cancellation
    ) => throw Unused();

    public Task<RenewReport> RenewKeysAsync(CancellationToken cancellation) => Do("renew", new RenewReport(Renewed));

    public Task<AboutReport> GetAboutAsync(CancellationToken cancellation) => Do("about", About);

    public Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation) => throw Unused();

    public Task<IReadOnlyList<RuleReport>> GetRulesAsync(CancellationToken cancellation) => throw Unused();

    public Task<IReadOnlyList<RuleReport>> SetRuleAsync(SetRuleRequest request, CancellationToken cancellation) =>
        DoOrder<IReadOnlyList<RuleReport>>(
            $"rule {request.Direction} device={request.Device} type={request.Type} {request.Sharing} max={request.MaxMiB}",
            []
        );

    public Task ResetRulesAsync(CancellationToken cancellation) => throw Unused();

    public Task<AcceptReport> AcceptAsync(string? clip, CancellationToken cancellation) => throw Unused();

    public Task<IReadOnlyList<TraceReport>> GetTraceAsync(int limit, CancellationToken cancellation) => throw Unused();

    public Task<BenchReport> BenchAsync(string device, int megabytes, CancellationToken cancellation) =>
        Do(
            $"bench {device} {megabytes}",
            new BenchReport(
                device,
                "phone",
                null,
                megabytes,
                UpMBps: 117.4,
                DownMBps: 98.25,
                RttP50Ms: 0.41,
                RttP95Ms: 1
            )
        );

    public Task StopAsync(CancellationToken cancellation) => throw Unused();

    private static NotSupportedException Unused() => new("no screen asks for this yet");

    private Task<T> Do<T>(string call, T answer)
    {
        lock (Calls)
        {
            Calls.Add(call);
        }
        return Fail is null ? Task.FromResult(answer) : Task.FromException<T>(Fail);
    }

    private async Task<T> DoOrder<T>(string call, T answer)
    {
        lock (Calls)
        {
            Calls.Add(call);
        }
        if (HoldOrders is { } hold)
        {
            await hold.Task;
        }
        if (Fail is { } failure)
        {
            OnFail?.Invoke();
            throw failure;
        }
        return answer;
    }

    private async Task<T> DoHeld<T>(string call, Func<T> answer)
    {
        if (_held is { } held && held.Call == call)
        {
            await held.Until.Task;
        }
        return await Do(call, answer());
    }

    private async IAsyncEnumerable<PairingEvent> PairAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var next in Pairing.Reader.ReadAllAsync(cancellation))
        {
            yield return next;
            if (next is PairingDone or PairingFailed)
            {
                yield break;
            }
        }
    }
}
