using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Platform.Clipboards.Headless;
using Toss.Platform.Hosting;
using Toss.Storage;
using Toss.Testing;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Testing.Simulation;
using Toss.Testing.Storage;
using Toss.Wire;

namespace Toss.Tests.Agent;

/// <summary>A whole agent in memory on a network the test plays and a clock it turns. Touch it inside <see cref="OnAsync{T}"/>.</summary>
internal sealed class LoneAgent : IAsyncDisposable
{
    public static readonly Uri Relay = new("wss://relay.example/");

    private readonly RecordCipher _cipher;
    private readonly DeviceSecrets _secrets;
    private readonly AgentThread _thread;
    private readonly Dictionary<DeviceId, int> _carried = [];

    private LoneAgent(RecordCipher cipher, DeviceSecrets secrets, FakeTimeProvider time, string name)
    {
        (_cipher, _secrets, Time) = (cipher, secrets, time);
        _thread = new AgentThread(name);
    }

    public FakeTimeProvider Time { get; }

    public FakeNetwork Network { get; } = new();

    public required MemoryKeyStore Keys { get; init; }

    public FakeLogin Login { get; } = new();

    public HeadlessClipboard Clipboard { get; } = new();

    public MemoryBlobStore Blobs { get; } = new();

    public IAgentStore Store { get; private set; } = null!;

    public DeviceAgent Agent { get; private set; } = null!;

    /// <summary>Called just before (true) and after each commit; throw to let the disk fail.</summary>
    public Action<StoreStep, bool>? Fault { get; set; }

    public DeviceId Id => Agent.Device.Id;

    /// <param name="between">Sees what the agent asks of its store.</param>
    public static async Task<LoneAgent> StartAsync(ulong seed, FakeTimeProvider time, Interposition? between = null)
    {
        var random = new SeededRandomSource(seed);
        var keys = new MemoryKeyStore();
        var (_, secrets, _) = await DeviceSecrets.LoadOrCreateAsync(keys, null, _ => { }, random, default);
        var cipher = new RecordCipher(secrets!.StorageKey, random);
        var lone = new LoneAgent(cipher, secrets, time, $"agent {seed}") { Keys = keys };
        lone.Store = await SqliteAgentStore.OpenAsync(
            SqliteAgentStore.InMemory,
            cipher,
            inline: true,
            (step, before) => lone.Fault?.Invoke(step, before)
        );
        var ports = new AgentPorts(
            between is null ? lone.Store : Interposed<IAgentStore>.Between(lone.Store, between),
            lone.Blobs,
            lone.Clipboard,
            lone.Network,
            random,
            time,
            NullLoggerFactory.Instance
        )
        {
            Login = lone.Login,
        };
        await lone.OnAsync(async () =>
        {
            lone.Agent = await DeviceAgent.StartAsync(
                ports,
                lone._secrets,
                new AgentOptions($"Device {seed}", "test", 1, "none") { BackupCost = new PassphraseCost(8, 1, 1) },
                default
            );
            await lone.Agent.Keeper.AnnounceAsync(
                StoreStep.ChangeDevice,
                record => lone.Agent.Device.WithHome(record, Relay),
                default
            );
            lone.Network.Connect();
            return true;
        });
        return lone;
    }

    /// <summary>Makes this agent the newest member of <paramref name="member"/>'s circle, without a pairing.</summary>
    public async Task JoinAsync(LoneAgent member)
    {
        var circle = await member.OnAsync(() => new ValueTask<CircleState>(member.Agent.Device.Circle));
        var card = await OnAsync(() =>
            new ValueTask<DeviceCard>(Agent.Device.IssueCard(Agent.Device.Record, circle.Id).Card)
        );
        circle = await member.OnAsync(async () =>
        {
            await member.Agent.Circle.AdmitAsync(card, default);
            return member.Agent.Device.Circle;
        });
        await OnAsync(() =>
            Agent.Circle.EnterAsync(
                new CircleState(Id, circle.Roster, [circle.CardOf(member.Id)!]),
                [],
                StoreStep.JoinCircle,
                default
            )
        );
    }

    /// <summary>Takes to <paramref name="peer"/> what was sent to it since the last time.</summary>
    public async Task CarryAsync(LoneAgent peer)
    {
        var from = _carried.GetValueOrDefault(peer.Id);
        var sent = await AskAsync(() => Network.Sent.Where(one => one.To == peer.Id).Skip(from).ToList());
        _carried[peer.Id] = from + sent.Count;
        await peer.AskAsync(() =>
        {
            sent.ForEach(one => peer.Network.Deliver(one.Envelope, Relay));
            return true;
        });
    }

    public IControl Control => new AgentControl(Agent, _thread);

    public Task<T> OnAsync<T>(Func<ValueTask<T>> work) => _thread.RunAsync(async () => await work());

    public Task<T> AskAsync<T>(Func<T> question) => OnAsync(() => new ValueTask<T>(question()));

    public Task HousekeepAsync() =>
        OnAsync(async () =>
        {
            await Agent.Housekeeping.RoundAsync(default);
            return true;
        });

    public async ValueTask DisposeAsync()
    {
        await OnAsync(async () =>
        {
            await Agent.DisposeAsync();
            return true;
        });
        _thread.Dispose();
        _cipher.Dispose();
        _secrets.Dispose();
    }
}
