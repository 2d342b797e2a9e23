using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Identity;
using Toss.Crypto.Records;
using Toss.Net;
using Toss.Storage;
using Toss.Testing.Platform;
using Toss.Testing.Storage;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>
/// A whole agent at a node of the world: the real store (SQLite in memory), the real network code, a clipboard in memory.
/// Its store and keys survive its crashes, as a disk does; everything else is gone with the process.
/// </summary>
public sealed class SimDevice
{
    private readonly SimWorld _world;
    private readonly ulong _seed;
    private readonly MemoryKeyStore _keys = new();
    private readonly DeviceSecrets _first;
    private readonly SqliteAgentStore _store;
    private readonly MemoryBlobStore _blobs = new();
    private (StoreStep Step, bool Before)? _fault;
    private SimContext? _context;
    private DeviceAgent? _agent;
    private PeerNetwork? _network;
    private static int _disks;
    private readonly string _disk;
    private int _lives;

    /// <param name="original">Whose disk and keys this one begins with, as if its folder had been copied; usually none.</param>
    internal SimDevice(SimWorld world, string name, ulong seed, SimDevice? original = null)
    {
        _world = world;
        _seed = seed;
        Name = name;
        var random = new SeededRandomSource(seed);
        _keys.Secret = original?._keys.Secret;
        _first = LoadSecrets(random);
        // A name of its own lets a second connection copy it; it ends with the last one.
        _disk = $"file:sim{Interlocked.Increment(ref _disks)}?mode=memory&cache=shared";
        using var copy = original is null ? null : CopyOf(original._disk, _disk);
        var opening = SqliteAgentStore.OpenAsync(
            _disk,
            new RecordCipher(_first.StorageKey, random),
            inline: true,
            fault: OnCommit
        );
        _store = opening.IsCompletedSuccessfully
            ? opening.Result
            : throw new InvalidOperationException("The inline store did not open at once.");
    }

    public string Name { get; }

    /// <summary>What its disk says: another one after it left a circle.</summary>
    public DeviceId Id =>
        Now(_store.LoadDeviceAsync(default)) is { } record
            ? SignedStatements.IdOf(record.PublicKey.Span)
            : throw new InvalidOperationException($"{Name} was never started.");

    /// <summary>What its key store holds, for a thief.</summary>
    public byte[] Secret => _keys.Secret ?? throw new InvalidOperationException($"{Name} was never started.");

    /// <summary>How often the process was started.</summary>
    public int Lives => _lives;

    /// <summary>Null while the process is down.</summary>
    public IControl? Control { get; private set; }

    /// <summary>The one of this life; a killed process takes its clipboard along, as on X11.</summary>
    public SimClipboard? Clipboard { get; private set; }

    public SimClock? Clock { get; private set; }

    public IAgentStore Store => _store;

    /// <summary>Large content on its disk.</summary>
    public MemoryBlobStore Blobs => _blobs;

    public bool IsUp => _context is { IsAlive: true };

    /// <summary>Commits that ended the process so far.</summary>
    public int FaultsHit { get; private set; }

    public TimeSpan ClockOffset { get; set; }

    /// <summary>How far ahead <see cref="JumpClock"/> ever set its clock.</summary>
    public TimeSpan GreatestOffset { get; private set; }

    /// <summary>How long its clipboards take to show the agent's writes back to it.</summary>
    public TimeSpan EchoAfter { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Puts something between the agent and its ports, in each of its lives.</summary>
    public Func<AgentPorts, AgentPorts>? Plant { get; set; }

    /// <summary>Starts the process and runs the world until it is ready, or died on the way.</summary>
    public void Start()
    {
        var context = new SimContext(_world.Scheduler, $"{Name}#{++_lives}");
        var clock = new SimClock(_world.Scheduler, context) { Offset = ClockOffset };
        var random = new SeededRandomSource(_seed + ((ulong)_lives << 32));
        _context = context;
        Clock = clock;
        var network = new PeerNetwork(
            clock,
            random,
            new NetworkOptions
            {
                Dialer = new SimDialer(_world.Net, _world.Relays, Name, clock),
                Links = _world.HasLinks ? new SimLinkSockets(_world.Scheduler, _world.Net, Name, context) : null,
                Multicast = _world.HasMulticast ? new SimMulticastSockets(_world.Net, Name, context) : null,
                Run = loop => loop(),
                Resolve = (host, _) =>
                    Task.FromResult(
                        _world.Relays.Where(relay => relay.Url.Host == host).Select(relay => relay.Address).ToArray()
                    ),
                WatchSystem = false,
                WatchSleep = _world.WatchesSleep,
            }
        );
        _network = network;
        _world.Prepare?.Invoke(this);
        Clipboard = new SimClipboard(clock) { EchoAfter = EchoAfter };
        var ports = new AgentPorts(
            _store,
            _blobs,
            Clipboard,
            network,
            random,
            clock,
            _world.Logs?.For(Name) ?? NullLoggerFactory.Instance
        );
        var options = new AgentOptions(Name, "sim", _lives, "sim");
        DeviceAgent? agent = null;
        Exception? failure = null;
        context.Post(
            async _ =>
            {
                try
                {
                    agent = await DeviceAgent.StartAsync(
                        Plant?.Invoke(ports) ?? ports,
                        LoadSecrets(random),
                        options,
                        CancellationToken.None
                    );
                }
                catch (SimKilledException)
                {
                    // A fault point during the start.
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
            },
            null
        );
        _world.Scheduler.RunUntil(
            () => agent is not null || failure is not null || !context.IsAlive,
            TimeSpan.FromMinutes(1),
            $"{Name} to start"
        );
        if (failure is not null)
        {
            throw new InvalidOperationException($"{Name} did not start.", failure);
        }
        Control = context.IsAlive ? new AgentControl(agent!, context) : null;
        _agent = agent;
    }

    /// <summary>Whether it has a link to another device, and not the relay alone.</summary>
    public bool IsLinkedTo(SimDevice other) => IsUp && _network?.PathTo(other.Id) is { IsLink: true };

    /// <summary>Why the agent ended by itself; null while it has not.</summary>
    public Exception? Failure => IsUp ? _agent?.Failure : null;

    /// <summary>Somebody closes the lid: the process stands, and nothing reaches the machine, until <see cref="WakeUp"/>.</summary>
    public void Sleep()
    {
        _world.Net.Cut(Name);
        _context!.Sleep();
    }

    public void WakeUp()
    {
        _context!.WakeUp();
        _world.Net.Heal(Name);
    }

    /// <summary>`kill -9`: now.</summary>
    public void Kill()
    {
        _context?.Kill();
        _fault = null;
        Control = null;
        _world.Net.Break(Name);
    }

    /// <summary>`kill -9` just before, or just after, the next commit of this step.</summary>
    public void KillAt(StoreStep step, bool before) => _fault = (step, before);

    /// <summary>No fault is to come any more.</summary>
    public void KillAtNothing() => _fault = null;

    /// <summary>Somebody sets this device's clock.</summary>
    public void JumpClock(TimeSpan by)
    {
        ClockOffset += by;
        GreatestOffset = ClockOffset > GreatestOffset ? ClockOffset : GreatestOffset;
        if (Clock is { } clock)
        {
            clock.Offset = ClockOffset;
        }
    }

    /// <summary>While it is up.</summary>
    public DeviceAgent? Agent => _agent;

    /// <summary>Calls the agent, and waits for nothing.</summary>
    public void Begin(Func<IControl, Task> call)
    {
        if (Control is { } control)
        {
            _context?.Post(_ => call(control), null);
        }
    }

    /// <summary>Calls the agent and runs the world until it answered. Default if the process died meanwhile.</summary>
    public T? Call<T>(Func<IControl, Task<T>> call)
    {
        if (Control is not { } control || _context is not { } context)
        {
            return default;
        }
        Task<T>? answer = null;
        context.Post(_ => answer = call(control), null);
        _world.Scheduler.RunUntil(
            () => answer is { IsCompleted: true } || !context.IsAlive,
            TimeSpan.FromMinutes(2),
            $"an answer of {Name}"
        );
        return answer is { IsCompletedSuccessfully: true } ? answer.Result
            : answer is { IsFaulted: true } && context.IsAlive ? throw answer.Exception!.GetBaseException()
            : default;
    }

    /// <summary>The text on the clipboard, or null.</summary>
    public string? Text => Clipboard?.Text;

    /// <summary>Every clip in history, newest first.</summary>
    public IReadOnlyList<StoredClip> History => Now(_store.NewestClipsAsync(int.MaxValue, default));

    /// <summary>Messages that nobody answered yet, per peer.</summary>
    public IReadOnlyDictionary<DeviceId, int> Pending => Now(_store.CountPendingAsync(default));

    /// <summary>Messages to a peer that expired unanswered.</summary>
    public IReadOnlyList<Delivery> Expired(DeviceId peer) => Now(_store.ExpiredDeliveriesAsync(peer, default));

    /// <summary>Word of removals that nobody confirmed yet.</summary>
    public IReadOnlyList<Farewell> Farewells => Now(_store.FarewellsAsync(default));

    /// <summary>The roster on disk.</summary>
    public CircleRecord Circle => Now(_store.LoadCircleAsync(default));

    /// <summary>The Cards on disk, its own among them.</summary>
    public IReadOnlyDictionary<DeviceId, DeviceCard> Cards
    {
        get
        {
            var cards = new Dictionary<DeviceId, DeviceCard>();
            var stored = Circle;
            foreach (var (device, signed) in stored.Cards)
            {
                if (DeviceCard.TryRead(signed, SignedStatements.IdOf(stored.Genesis!), out var card))
                {
                    cards.Add(device, card);
                }
            }
            return cards;
        }
    }

    /// <summary>Members of its circle, itself excepted, as its disk has them.</summary>
    public IReadOnlyList<DeviceId> Peers
    {
        get
        {
            var stored = Circle;
            var roster = Core.Circle.Roster.Found(stored.Genesis!).Merge(stored.Statements, out _);
            return [.. roster.Members.Where(member => member != Id && stored.Cards.ContainsKey(member))];
        }
    }

    private static SqliteConnection CopyOf(string from, string to)
    {
        using var source = new SqliteConnection($"Data Source={from};Pooling=False");
        source.Open();
        var copy = new SqliteConnection($"Data Source={to};Pooling=False");
        copy.Open();
        source.BackupDatabase(copy);
        return copy;
    }

    private DeviceSecrets LoadSecrets(SeededRandomSource random) =>
        Now(DeviceSecrets.LoadOrCreateAsync(_keys, null, _ => { }, random, default)).Secrets!;

    private static T Now<T>(ValueTask<T> task) =>
        task.IsCompletedSuccessfully
            ? task.Result
            : throw new InvalidOperationException("The inline store did not answer at once.");

    private void OnCommit(StoreStep step, bool before)
    {
        if (!IsUp)
        {
            throw new SimKilledException();
        }
        if (_fault is { } fault && fault == (step, before))
        {
            FaultsHit++;
            Kill();
            throw new SimKilledException();
        }
    }
}
