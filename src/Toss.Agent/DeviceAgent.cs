using Microsoft.Extensions.Logging;
using Toss.Agent.Backups;
using Toss.Agent.Files;
using Toss.Agent.Histories;
using Toss.Agent.Pairing;
using Toss.Agent.Pasting;
using Toss.Agent.Scheduling;
using Toss.Agent.Watching;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// One running device: puts the parts together and runs their loops. Start it on a single-threaded scheduler, and call
/// everything else from there too; <see cref="AgentControl"/> is the door for other threads.
/// </summary>
public sealed class DeviceAgent : IAsyncDisposable
{
    private readonly AgentPorts _ports;
    private readonly CancellationTokenSource _ending = new();
    private readonly ILogger _log;
    private readonly Outbound _outbound;
    private readonly Inbound _inbound;
    private readonly OpenStep _opening;
    private readonly Housekeeping _housekeeping;
    private readonly Greeting _greeting;
    private readonly MailboxKeeper _mailboxes;
    private readonly BeaconKeeper _beacons;
    private readonly Farewells _farewells;
    private readonly CloneWatch _clones;
    private readonly BlobExchange _exchange;
    private readonly SecretHolder _secrets;
    private Task? _running;

    private DeviceAgent(AgentPorts ports, ObservedStore store, Device device, AgentOptions options)
    {
        _ports = ports;
        _log = ports.Logs.CreateLogger<DeviceAgent>();
        Options = options;
        Device = device;
        StartedAt = ports.Time.GetUtcNow();
        Trace = new TraceLog(ports.Time);
        Settings = new AgentSettings(device, options.ReceiveFolder);
        var stages = new Stages(ports.Time, Trace);
        var locks = new PeerLocks();
        var sealing = new SealStep(ports, device, locks);
        Transfers = new Transfers(device);
        Room = new ContentRoom(ports, device, Settings);
        Serving = new BlobServing(ports, device, sealing, Transfers, Room);
        var fetcher = new BlobFetcher(ports, device, Transfers, Room);
        var promises = new Promises(ports, fetcher, Room, stages);
        Blobs = new BlobCarrier(ports, fetcher, Room, promises);
        Spool = new ContentSpool(ports, device, Settings, Blobs);
        Presence = new PeerPresence(ports, device);
        Uploads = new BlobUploads(ports, device, Presence, Transfers);
        Placement = new BlobPlacement(ports, device, Uploads, Serving, stages);
        Courier = new Courier(ports, device, sealing, Placement, Presence, stages);
        Keeper = new DeviceKeeper(ports, device, locks, Courier);
        Unlock = new HistoryUnlock(ports, device, Keeper);
        Renewal = new KeyRenewal(device, Keeper, sealing);
        _farewells = new Farewells(ports, device);
        _clones = new CloneWatch(ports, device, Keeper, sealing, Courier);
        Circle = new CircleKeeper(ports, device, Keeper, Courier, _farewells, _clones);
        Departure = new Departure(device, Circle, Courier, _farewells, Presence);
        Receipts = new ReceiptSender(ports, device, sealing, Presence);
        var signals = new Signals(ports, device, sealing);
        _exchange = new BlobExchange(ports, device, signals, Uploads, Serving, Placement, Presence);
        Arrivals = new FileReceiving(ports, device, fetcher, Settings);
        var copied = new CopiedFiles(ports, device, promises, options.CopiedFolder, _ending.Token);
        Applier = new ClipApplier(
            ports,
            device,
            Blobs,
            fetcher,
            _exchange,
            Receipts,
            Arrivals,
            copied,
            stages,
            Settings
        );
        (promises.Wanted, promises.IsAnybodyThere) = (Applier.WantAsync, Applier.IsAnybodyThere);
        _secrets = new SecretHolder(ports, device, signals, Presence, Applier, stages);
        _outbound = new Outbound(ports, device, Blobs, Courier, _secrets, Applier, stages, Settings);
        _opening = new OpenStep(ports, device, locks);
        Rules = new RuleKeeper(ports, device, Keeper);
        Manual = new ManualSharing(ports, device, Courier, Applier, _secrets, Serving);
        Agreements = new Agreements(ports, device);
        Candidates = new CandidateExchange(ports, device, signals, Presence);
        Search = new HistorySearch(ports, device);
        Deletions = new Deletions(ports, device, Courier, Uploads);
        Backups = new BackupKeeper(this);
        Given = new GivenSending(this);
        var reunion = new Reunion(ports, device, Circle, Courier, Presence);
        _inbound = new Inbound(
            ports,
            _opening,
            new ArrivalStep(ports, device, Circle, Courier, Uploads, reunion, _clones, Agreements, signals, Deletions),
            Applier,
            Serving,
            Receipts,
            Presence,
            Circle,
            stages
        );
        _housekeeping = new Housekeeping(
            ports,
            device,
            Keeper,
            Circle,
            Departure,
            Courier,
            sealing,
            Presence,
            reunion,
            Room
        );
        _greeting = new Greeting(ports, device, Presence, Courier);
        _mailboxes = new MailboxKeeper(ports, device, Keeper);
        _beacons = new BeaconKeeper(ports, device, Keeper, Agreements);
        Inviter = new InviterFlow(ports, device, Circle, Presence);
        Joiner = new JoinerFlow(ports, device, Keeper, Circle);

        device.Changed += Configure;
        device.ClockDoubted += _greeting.Wake;
        device.ClockCompared += Applier.Retry;
        device.ClockCompared += ConfigureLinks;
        Presence.PathsChanged += OnPathsChanged;
        Presence.PeerLeft += Courier.Wake;
        Presence.Replaced += _clones.SeesLogin;
        Presence.ListensElsewhere += Candidates.Renew;
        signals.Heard += Candidates.Hear;
        signals.Heard += _secrets.Hear;
        signals.Heard += (peer, said) => _exchange.Hear(peer, said, _ending.Token);
        _exchange.Answered += Applier.Retry;
        _exchange.Stored += fetcher.NoteStored;
        Presence.Changed += fetcher.LookAgain;
        Uploads.Ended += Courier.Wake;
        Serving.Began += (peer, blob) => Uploads.Rest(blob, peer);

        Feed = new EventFeed(this, ports);
        store.Committed += Search.Note;
        store.Committed += Feed.Note;
        store.Swept += Feed.Note;
        Applier.Applied += Feed.Note;
        Arrivals.Received += Feed.Note;
        Trace.Added += Feed.Wake;
        Transfers.Changed += Feed.Wake;
        Presence.Changed += Feed.Wake;
        device.Changed += Feed.Wake;
        device.ClaimChanged += Feed.Wake;
    }

    /// <summary>Completes when the agent ended: asked to, or because a loop failed.</summary>
    public Task Completion => _running ?? Task.CompletedTask;

    /// <summary>Why the agent ended by itself; null if it was asked to.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Somebody asked the agent to end, or it cannot go on: see <see cref="Failure"/>.</summary>
    public event Action? StopRequested;

    /// <summary>Memory that was given up since the start, in bytes. From any thread.</summary>
    public long BytesFreed => Search.BytesFreed;

    internal AgentPorts Ports => _ports;

    internal AgentOptions Options { get; }

    internal Device Device { get; }

    internal DateTimeOffset StartedAt { get; }

    internal TraceLog Trace { get; }

    internal AgentSettings Settings { get; }

    internal BlobCarrier Blobs { get; }

    internal ContentSpool Spool { get; }

    internal BlobServing Serving { get; }

    internal BlobUploads Uploads { get; }

    internal BlobPlacement Placement { get; }

    internal Transfers Transfers { get; }

    internal ContentRoom Room { get; }

    internal Courier Courier { get; }

    internal DeviceKeeper Keeper { get; }

    internal HistoryUnlock Unlock { get; }

    internal KeyRenewal Renewal { get; }

    internal CircleKeeper Circle { get; }

    internal Departure Departure { get; }

    internal ReceiptSender Receipts { get; }

    internal PeerPresence Presence { get; }

    internal ClipApplier Applier { get; }

    internal FileReceiving Arrivals { get; }

    internal RuleKeeper Rules { get; }

    internal ManualSharing Manual { get; }

    internal Agreements Agreements { get; }

    internal CandidateExchange Candidates { get; }

    internal HistorySearch Search { get; }

    internal Deletions Deletions { get; }

    internal BackupKeeper Backups { get; }

    internal GivenSending Given { get; }

    internal InviterFlow Inviter { get; }

    internal JoinerFlow Joiner { get; }

    internal SecretHolder Secrets => _secrets;

    internal Outbound Outbound => _outbound;

    internal EventFeed Feed { get; }

    internal Housekeeping Housekeeping => _housekeeping;

    internal IEnumerable<WarningReport> Warnings =>
        new[]
        {
            _outbound.Warning,
            _inbound.Warning,
            _opening.Warning,
            Arrivals.Warning,
            Spool.Warning,
        }.OfType<WarningReport>();

    /// <summary>Loads the device, or founds it; connects; runs.</summary>
    public static async ValueTask<DeviceAgent> StartAsync(
        AgentPorts ports,
        DeviceSecrets secrets,
        AgentOptions options,
        CancellationToken cancellation
    )
    {
        var store = new ObservedStore(ports.Store);
        ports = ports with { Store = store };
        var device = await Device.LoadAsync(ports, secrets, options, cancellation);
        await new BlobSweep(ports).DeleteOrphansAsync(cancellation);
        var agent = new DeviceAgent(ports, store, device, options);
        // An earlier run was removed from its circle and ended before it could found its own.
        await agent.Circle.LeaveIfRemovedAsync(cancellation);
        await agent.Agreements.LoadAsync(cancellation);
        await ports.Clipboard.StartAsync(agent.Spool, cancellation);
        await agent._secrets.ResumeAsync(cancellation);
        await agent.Arrivals.SweepAsync(cancellation);
        await agent.Applier.ResumeAsync(cancellation);
        agent.Configure();
        ports.Network.Start();
        agent._running = agent.RunAsync();
        agent._log.Started(options.Version, device.Id.Short, device.Circle.Peers.Count, ports.Clipboard.Backend);
        return agent;
    }

    public void RequestStop() => StopRequested?.Invoke();

    public async ValueTask DisposeAsync()
    {
        _ending.Cancel();
        await Completion;
        await Applier.WhenIdleAsync();
        await Serving.WhenIdleAsync();
        await Uploads.WhenIdleAsync();
        await _exchange.WhenIdleAsync();
        await _ports.Network.DisposeAsync();
        await _ports.Clipboard.DisposeAsync();
        await _ports.Store.DisposeAsync();
        _ending.Dispose();
        _log.Stopped();
    }

    private async Task RunAsync()
    {
        var loops = new List<(string Name, Task Task)>
        {
            ("Outbound", _outbound.RunAsync(_ending.Token)),
            ("Inbound", _inbound.RunAsync(_ending.Token)),
            ("Courier", Courier.RunAsync(_ending.Token)),
            ("Receipts", Receipts.RunAsync(_ending.Token)),
            ("Fetching", Applier.RunAsync(_ending.Token)),
            ("Housekeeping", _housekeeping.RunAsync(_ending.Token)),
            ("Greeting", _greeting.RunAsync(_ending.Token)),
            ("Mailboxes", _mailboxes.RunAsync(_ending.Token)),
            ("Beacons", _beacons.RunAsync(_ending.Token)),
            ("Farewells", _farewells.RunAsync(_ending.Token)),
            ("Clones", _clones.RunAsync(_ending.Token)),
            ("Candidates", Candidates.RunAsync(_ending.Token)),
            ("Secrets", _secrets.RunAsync(_ending.Token)),
            ("Feed", Feed.RunAsync(_ending.Token)),
            ("Search", Search.RunAsync(_ending.Token)),
            ("Deletions", Deletions.RunAsync(_ending.Token)),
        };
        // A loop that fails ends the agent: half an agent would look alive and share nothing.
        await Task.WhenAny(loops.Select(loop => loop.Task));
        _ending.Cancel();
        foreach (var (name, task) in loops)
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException)
            {
                // Asked to end.
            }
            catch (Exception failure)
            {
                Failure ??= failure;
                _log.LoopFailed(name, failure);
            }
        }
        StopRequested?.Invoke();
    }

    private void Configure()
    {
        var accounts = Device.Accounts;
        Presence.Configured(accounts);
        _ports.Network.Configure(
            accounts,
            [
                .. Device.Companions.SelectMany(companion => companion.Addresses),
                .. Device
                    .Circle.Former(Device.CircleNow)
                    .SelectMany(card => card.Addresses)
                    .Select(address => address with { IsFormer = true }),
                .. Device.Doors,
            ]
        );
        ConfigureLinks();
        Departure.NoteNewcomers();
        _mailboxes.Wake();
        _beacons.Wake();
        _greeting.Wake();
        Candidates.Wake();
    }

    /// <summary>Again when clocks were compared: knocks name the hour by the circle's.</summary>
    private void ConfigureLinks() =>
        _ports.Network.ConfigureLinks(
            new LinkSettings(
                Device.Key,
                BeaconPlan.Answered(Device.Record),
                [
                    .. Device.Companions.Select(companion => new LinkPeer(
                        companion.Device,
                        companion.Card.DeviceKey.Memory,
                        companion.Card.BeaconKey.Memory
                    )),
                ],
                Device.TellClockOffset()
            )
        );

    private void OnPathsChanged()
    {
        Uploads.Retry(_ending.Token);
        _exchange.Renew();
        Courier.Wake();
        _farewells.Wake();
        Receipts.WakeAll();
        Applier.Retry();
        _greeting.Wake();
        Candidates.Wake();
        _housekeeping.Wake();
    }
}
