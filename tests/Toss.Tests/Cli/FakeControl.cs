using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Toss.Control;

namespace Toss.Tests.Cli;

/// <summary>
/// An agent in memory: answers what a test set, records what it was asked, and fails with <see cref="Fail"/> if a test
/// wants that. Pairing events come from <see cref="Pairing"/>, one by one.
/// </summary>
internal sealed class FakeControl : IControl, IScreens
{
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    /// <summary>Every request from now on fails with it.</summary>
    public Exception? Fail { get; set; }

    /// <summary>Only a change of settings fails with it.</summary>
    public Exception? RefuseConfig { get; set; }

    /// <summary>Called when somebody waits for pairing events.</summary>
    public Action OnPairing { get; set; } = () => { };

    public List<string> Calls { get; } = [];

    public StatusReport Status { get; set; } =
        new(
            new DeviceStatus("ID-A", "laptop", "AAAA BBBB"),
            new DaemonStatus(4711, "0.1.0", 3700),
            new ClipboardStatus("x11", "listening"),
            new KeyStoreStatusReport("secret-service"),
            new RelayStatus("wss://relay.example", "connected", null),
            [
                new PeerStatus("ID-B", "phone", true, new PathStatus("relay", 12.5), 0, null),
                new PeerStatus("ID-C", "desk", false, null, 3, "peer away"),
            ],
            false,
            []
        )
        {
            OtherRelays = [new RelayStatus("wss://other.example", "unreachable", null)],
            MappedPorts = [new MappedPort("203.0.113.9:41000", "pcp")],
            Transfers =
            [
                new TransferReport(7, "in", "phone", "clip-3", 3_000_000, 12_000_000, 1_500_000, 6, "running", null),
            ],
        };

    public List<ConfigEntry> Config { get; } =
    [
        new("relay", "wss://relay.example", "", "The relay of this circle."),
        new("history.days", "30", "30", "How long history is kept.")
        {
            Kind = "number",
            Lowest = 1,
            Highest = 36_500,
            Unit = "days",
        },
    ];

    public Channel<PairingEvent> Pairing { get; } = Channel.CreateUnbounded<PairingEvent>();

    /// <summary>Done when the reader of a pairing let go before its end.</summary>
    public TaskCompletionSource PairingWithdrawn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<bool> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? CopiedType { get; private set; }

    public bool CopiedSecret { get; private set; }
    public byte[]? Copied { get; private set; }
    public CopyReport CopyResult { get; set; } = new("clip-1", null, 5, 2);

    public (string Type, byte[] Bytes)? Clipboard { get; set; } =
        ("text/plain;charset=utf-8", Encoding.UTF8.GetBytes("grüße"));

    /// <summary>What <see cref="WatchAsync"/> tells, one by one; completed, the agent has ended.</summary>
    public Channel<AgentEvent> Events { get; } = Channel.CreateUnbounded<AgentEvent>();

    /// <summary>Done when somebody who watched let go.</summary>
    public TaskCompletionSource WatchEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async IAsyncEnumerable<AgentEvent> WatchAsync(
        EventPosition? after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"watch after {after}", true);
        try
        {
            await foreach (var next in Events.Reader.ReadAllAsync(cancellation))
            {
                yield return next;
            }
        }
        finally
        {
            WatchEnded.TrySetResult();
        }
    }

    public Task<StatusReport> GetStatusAsync(CancellationToken cancellation) => Do("status", Status);

    public List<DoctorCheck> Checks { get; } =
    [
        new("udp", DoctorCheck.Ok, "works", "sends and receives")
        {
            Figures = new SortedList<string, double> { ["echoes"] = 2 },
        },
        new("relay", DoctorCheck.Warning, "none", "none is configured", "`toss config relay wss://…`"),
    ];

    public Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation) =>
        Do<IReadOnlyList<DoctorCheck>>("doctor", Checks);

    public DoctorCheck Tested { get; set; } =
        new("relay", DoctorCheck.Ok, "admitted", "relay.example: it lets this device in");

    public Task<DoctorCheck> TestRelayAsync(RelayTestRequest request, CancellationToken cancellation) =>
        Do($"test relay {request.Url} token={request.Token}", Tested);

    public async IAsyncEnumerable<PairingEvent> OpenPairingAsync(
        OpenPairingRequest request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"pair yes={request.AcceptAll}", true);
        await foreach (var next in EventsAsync(cancellation))
        {
            yield return next;
        }
    }

    public Task ConfirmPairingAsync(string pairingId, bool accept, CancellationToken cancellation)
    {
        Answer.TrySetResult(accept);
        return Do($"confirm {pairingId} {accept}", true);
    }

    public async IAsyncEnumerable<PairingEvent> JoinAsync(
        JoinRequest request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"join {request.CodeOrUri} relay={request.Relay}", true);
        await foreach (var next in EventsAsync(cancellation))
        {
            yield return next;
        }
    }

    public List<DeviceReport> Devices { get; } =
    [
        new("ID-A", "laptop", true, true, "AAAA BBBB", null, null, null),
        new("ID-B", "phone", true, false, "CCCC DDDD", "laptop", "ID-A", Now),
    ];

    public Task<IReadOnlyList<DeviceReport>> GetDevicesAsync(CancellationToken cancellation) =>
        Do<IReadOnlyList<DeviceReport>>("devices", Devices);

    public Task<DeviceReport> UnpairAsync(string device, IReadOnlyList<string> keep, CancellationToken cancellation) =>
        Do(
            $"unpair {device} keep={string.Join(',', keep)}",
            new DeviceReport("ID-B", "phone", false, false, "CCCC DDDD", "laptop", "ID-A", Now)
        );

    public Task LeaveAsync(CancellationToken cancellation) => Do("leave", true);

    public Task RenameAsync(string name, CancellationToken cancellation) => Do($"rename {name}", true);

    public Task<IReadOnlyList<ConfigEntry>> GetConfigAsync(CancellationToken cancellation) =>
        Do<IReadOnlyList<ConfigEntry>>("config", Config);

    public Task<ConfigEntry> SetConfigAsync(string key, string? value, CancellationToken cancellation) =>
        RefuseConfig is null
            ? Do($"config {key}={value ?? "<default>"}", new ConfigEntry(key, value ?? "", "", "It."))
            : Task.FromException<ConfigEntry>(RefuseConfig);

    public async Task<CopyReport> CopyAsync(
        string mediaType,
        Stream content,
        bool isSecret,
        CancellationToken cancellation
    )
    {
        await Do($"copy {mediaType}", true);
        var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellation);
        CopiedType = mediaType;
        CopiedSecret = isSecret;
        Copied = bytes.ToArray();
        return CopyResult;
    }

    public async Task<PasteContent?> PasteAsync(string? mediaType, TimeSpan? wait, CancellationToken cancellation)
    {
        await Do($"paste {mediaType} wait={wait?.TotalSeconds}", true);
        return Clipboard is { } held ? new PasteContent(held.Type, new MemoryStream(held.Bytes)) : null;
    }

    private static readonly HistoryEntry Entry = new(
        "clip-2",
        Now,
        new HistoryOrigin("ID-B", "phone"),
        ["text/plain;charset=utf-8"],
        5,
        "hello",
        "applied",
        [new HistoryDelivery("ID-A", "laptop", "applied", null)],
        true
    );

    /// <summary>Where further pages of history begin, one for each answer.</summary>
    public Queue<string> Places { get; } = [];

    public Task<HistoryPage> GetHistoryAsync(HistoryRequest request, CancellationToken cancellation) =>
        Do(
            $"history {request.Query} limit={request.Limit}"
                + string.Concat(
                    new (string Name, object? Value)[]
                    {
                        ("type", request.Type),
                        ("device", request.Device),
                        ("since", request.Since?.ToString("O")),
                        ("until", request.Until?.ToString("O")),
                        ("before", request.Before),
                        ("pinned", request.Pinned ? "yes" : null),
                        ("tag", request.Tag),
                    }
                        .Where(filter => filter.Value is not null)
                        .Select(filter => $" {filter.Name}={filter.Value}")
                ),
            new HistoryPage([Entry], Places.TryDequeue(out var next) ? next : null)
        );

    public Task<ClipReport> GetClipAsync(string clip, CancellationToken cancellation) =>
        Do(
            $"show {clip}",
            new ClipReport(
                Entry,
                [
                    new FormatReport(0, "text/plain;charset=utf-8", 5),
                    new FormatReport(1, "image/x-ünï", FormatBytes.Length),
                ]
            )
        );

    /// <summary>The content of every format.</summary>
    public byte[] FormatBytes { get; set; } = [1, 2, 3, 4, 5, 6];

    public Task<FormatContent> ReadClipAsync(string clip, int format, long offset, CancellationToken cancellation) =>
        offset > 0 && offset >= FormatBytes.Length
            ? Task.FromException<FormatContent>(
                new ControlException(ControlErrors.InvalidArgument, "the content ends before")
            )
            : Do(
                $"read {clip} {format} from {offset}",
                new FormatContent(
                    "image/x-ünï",
                    FormatBytes.Length,
                    new MemoryStream(FormatBytes, (int)offset, FormatBytes.Length - (int)offset)
                )
            );

    public Task<CopyReport> CopyAgainAsync(CopyAgainRequest request, CancellationToken cancellation) =>
        Do($"again {request.Clip} plain={request.Plain}", CopyResult);

    public Task<DeleteReport> DeleteAsync(DeleteRequest request, CancellationToken cancellation) =>
        Do(
            $"delete {string.Join(' ', request.Clips)}{(request.Everywhere ? " everywhere" : "")}",
            request.Everywhere
                ? new DeleteReport(request.Clips.Count, 2, null)
                : new DeleteReport(request.Clips.Count, 0, DateTimeOffset.UnixEpoch.AddMinutes(10))
        );

    public Task<DeleteReport> ClearHistoryAsync(CancellationToken cancellation) =>
        Do("clear", new DeleteReport(12, 0, DateTimeOffset.UnixEpoch.AddMinutes(10)));

    public Task<UndoReport> UndoDeleteAsync(CancellationToken cancellation) => Do("undo", new UndoReport(1));

    public Task<HistoryEntry> MarkClipAsync(MarkRequest request, CancellationToken cancellation) =>
        Do(
            $"mark {request.Clip}"
                + (request.Pinned is { } pinned ? $" pinned={pinned}" : "")
                + (request.Add is { } add ? $" +{string.Join('+', add)}" : "")
                + (request.Remove is { } remove ? $" -{string.Join('-', remove)}" : ""),
            Entry with
            {
                Pinned = request.Pinned ?? false,
                Tags = request.Add ?? [],
            }
        );

    public Task<StorageReport> GetStorageAsync(CancellationToken cancellation) =>
        Do("storage", new StorageReport(12, 3_000_000, 1_500_000, 2_000_000, 10_000, 2_147_483_648, 90));

    /// <summary>What an export gives; after it a failure, if there is one.</summary>
    public byte[] Backup { get; set; } = [.. "a backup"u8];

    public Exception? BackupBreaks { get; set; }

    public ExportReport Exported { get; set; } = new(true, 12, 3_000_000) { NotHere = 1, Locked = 2 };

    public ImportReport Imported { get; set; } =
        new(7, 1_000_000)
        {
            Known = 3,
            Restored = 5,
            Deleted = 1,
            NotKept = 2,
        };

    public byte[]? ImportedBackup { get; private set; }

    /// <summary>The passphrase that was given last, where it was given: what is left of it.</summary>
    public ReadOnlyMemory<byte> LastSecret { get; private set; }

    public Task<Stream> ExportAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellation)
    {
        LastSecret = passphrase;
        return Do<Stream>(
            $"export with {Encoding.UTF8.GetString(passphrase.Span)}",
            BackupBreaks is { } failure ? new BreakingStream(Backup, failure) : new MemoryStream(Backup)
        );
    }

    public Task<ExportReport> GetExportAsync(CancellationToken cancellation) => Do("exported", Exported);

    /// <summary>Why a backup is refused by its beginning.</summary>
    public ControlException? RefusesBackup { get; set; }

    /// <summary>What was asked about last.</summary>
    public byte[]? CheckedBeginning { get; private set; }

    public Task CheckBackupAsync(
        ReadOnlyMemory<byte> passphrase,
        ReadOnlyMemory<byte> beginning,
        CancellationToken cancellation
    )
    {
        CheckedBeginning = beginning.ToArray();
        lock (Calls)
        {
            Calls.Add($"check with {Encoding.UTF8.GetString(passphrase.Span)}");
        }
        return RefusesBackup is { } refusal ? Task.FromException(refusal) : Task.CompletedTask;
    }

    public async Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> passphrase,
        Stream backup,
        bool settings,
        CancellationToken cancellation
    )
    {
        LastSecret = passphrase;
        var said = $"import with {Encoding.UTF8.GetString(passphrase.Span)} settings={settings}";
        var report = await Do(said, Imported);
        var read = new MemoryStream();
        await backup.CopyToAsync(read, cancellation);
        ImportedBackup = read.ToArray();
        return report;
    }

    public Task<RenewReport> RenewKeysAsync(CancellationToken cancellation) => Do("renew", new RenewReport(2));

    public Task<AboutReport> GetAboutAsync(CancellationToken cancellation) =>
        Do(
            "about",
            new AboutReport("0.1.0", ".NET 10.0", "Linux, x64", "/home/me/toss", "/home/me/toss.log", "MIT")
            {
                Parts = [new PartReport("jsQR", "Apache-2.0")],
            }
        );

    public Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation) =>
        Do($"keep history with {Encoding.UTF8.GetString(password.Span)}", true);

    public List<RuleReport> Rules { get; } =
    [
        new("out", null, null, null, "ask", null),
        new("out", "ID-B", "phone", "picture", "never", null),
        new("in", null, null, null, null, 16),
    ];

    public Task<IReadOnlyList<RuleReport>> GetRulesAsync(CancellationToken cancellation) =>
        Do<IReadOnlyList<RuleReport>>("rules", Rules);

    public Task<IReadOnlyList<RuleReport>> SetRuleAsync(SetRuleRequest request, CancellationToken cancellation) =>
        Do<IReadOnlyList<RuleReport>>(
            $"rule {request.Direction} device={request.Device} type={request.Type} {request.Sharing} max={request.MaxMiB}",
            Rules
        );

    public Task ResetRulesAsync(CancellationToken cancellation) => Do("reset rules", true);

    public Task<SendReport> SendAsync(SendRequest request, CancellationToken cancellation) =>
        Do(
            request.Clip is { } clip ? $"send {request.Device} clip={clip}" : $"send {request.Device}",
            new SendReport("clip-2", 5, ["phone"], ["desk"])
        );

    public IReadOnlyList<SendEvent> Sending { get; set; } = [];

    public async IAsyncEnumerable<SendEvent> SendFilesAsync(
        SendFilesRequest request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"send files {string.Join(' ', request.Paths)} to={request.Device}", true);
        foreach (var next in Sending)
        {
            yield return next;
        }
    }

    /// <summary>What came of files that were given; null before there were any.</summary>
    public byte[]? GivenContent { get; private set; }

    /// <summary>It hears no more than so many bytes of them, and then fails.</summary>
    public int? GivenFailsAfter { get; set; }

    public async IAsyncEnumerable<SendEvent> SendGivenFilesAsync(
        GivenFilesRequest request,
        Stream content,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Do($"send given {Say(request)}", true);
        yield return new SendReading(1, 0, 0, 1);
        if (GivenFailsAfter is { } few)
        {
            await content.ReadExactlyAsync(new byte[few], cancellation);
            yield return new SendFailed(ControlErrors.Storage, "The disk is full.", null);
            yield break;
        }
        var read = new MemoryStream();
        await content.CopyToAsync(read, cancellation);
        GivenContent = read.ToArray();
        foreach (var next in Sending)
        {
            yield return next;
        }
    }

    public Task CheckGivenFilesAsync(GivenFilesRequest request, CancellationToken cancellation) =>
        Do($"check given {Say(request)}", true);

    private static string Say(GivenFilesRequest request) =>
        $"{string.Join(' ', request.Files.Select(file => $"{string.Join('/', file.Names)}={file.Size}"))} to={request.Device}";

    public Task<TransferReport> CancelAsync(int transfer, CancellationToken cancellation) =>
        Do($"cancel {transfer}", Status.Transfers.Single(one => one.Id == transfer));

    public Task<AcceptReport> AcceptAsync(string? clip, CancellationToken cancellation) =>
        Do($"accept {clip}", new AcceptReport("clip-2", "phone", ["text/plain;charset=utf-8"], 5, "applied"));

    public Task PauseAsync(TimeSpan? duration, CancellationToken cancellation) =>
        Do(duration is { } given ? $"pause {given.TotalSeconds}" : "pause", true);

    public Task ResumeAsync(CancellationToken cancellation) => Do("resume", true);

    public Task<IReadOnlyList<TraceReport>> GetTraceAsync(int limit, CancellationToken cancellation) =>
        Do<IReadOnlyList<TraceReport>>(
            $"trace limit={limit}",
            [
                new(
                    "clip-2",
                    "out",
                    Now,
                    [new TraceStage("Capture", 0, 0.4, null), new TraceStage("Admit", 0.4, 0.1, "ok")]
                ),
            ]
        );

    public Task<BenchReport> BenchAsync(string device, int megabytes, CancellationToken cancellation) =>
        Do(
            $"bench {device} {megabytes}",
            new BenchReport(
                "ID-B",
                "phone",
                new PathStatus("lan", 0.4) { Address = "192.0.2.7:4711" },
                megabytes,
                112.5,
                98.25,
                0.42,
                1.7,
                640.5,
                580
            )
        );

    public Task<ScreensOpened> OpenScreensAsync(string? link, CancellationToken cancellation) =>
        Do(
            link is null ? "open screens" : $"open screens with {link}",
            new ScreensOpened("http://toss-x.localhost:1/login?t=a&b", Now.AddMinutes(1))
        );

    /// <summary>Whether a browser opens the screens.</summary>
    public bool IsOpened { get; set; } = true;

    public Task<bool> WaitForScreensAsync(string url, TimeSpan patience, CancellationToken cancellation) =>
        Do($"wait for {url} {patience.TotalSeconds}", IsOpened);

    public Task CloseScreensAsync(CancellationToken cancellation) => Do("close screens", true);

    public Task StopAsync(CancellationToken cancellation) => Do("stop", true);

    private Task<T> Do<T>(string call, T answer)
    {
        lock (Calls)
        {
            Calls.Add(call);
        }
        return Fail is null ? Task.FromResult(answer) : Task.FromException<T>(Fail);
    }

    private async IAsyncEnumerable<PairingEvent> EventsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var ended = false;
        try
        {
            OnPairing();
            await foreach (var next in Pairing.Reader.ReadAllAsync(cancellation))
            {
                ended = next is PairingDone or PairingFailed;
                yield return next;
                if (ended)
                {
                    yield break;
                }
            }
        }
        finally
        {
            if (!ended)
            {
                PairingWithdrawn.TrySetResult();
            }
        }
    }
}
