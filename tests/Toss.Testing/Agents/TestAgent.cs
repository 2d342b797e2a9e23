using Microsoft.Extensions.Logging.Abstractions;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Net;
using Toss.Platform.Clipboards.Headless;
using Toss.Platform.Files;
using Toss.Platform.Hosting;
using Toss.Platform.KeyStores;
using Toss.Storage;
using Toss.Storage.Blobs;

namespace Toss.Testing.Agents;

/// <summary>A whole agent in this process: real store in a folder, real network, a clipboard in memory. Restarts on its folder.</summary>
public sealed class TestAgent : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _name;
    private HeldBlobStore? _blobs;
    private Task? _gate;
    private AgentThread? _thread;
    private DeviceAgent? _agent;
    private DeviceSecrets? _secrets;
    private RecordCipher? _cipher;

    private TestAgent(string folder, string name)
    {
        _folder = folder;
        _name = name;
    }

    public IControl Control { get; private set; } = null!;

    public HeadlessClipboard Clipboard { get; private set; } = null!;

    public PeerNetwork Network { get; private set; } = null!;

    /// <summary>Where files are put that are sent to it.</summary>
    public string Received => Path.Combine(_folder, "received");

    /// <summary>Copied sets, as files.</summary>
    public string Copied => Path.Combine(_folder, "copied");

    /// <summary>Whole blobs, parts and what is being sealed: every file.</summary>
    public IReadOnlyList<string> BlobFiles =>
        Directory.GetFiles(Path.Combine(_folder, "blobs"), "*", SearchOption.AllDirectories);

    /// <summary>What its disk is said to have room for; null for what it has.</summary>
    public long? Free
    {
        set => _blobs!.Free = value;
    }

    public bool IsRunning => _agent is not null;

    public static async Task<TestAgent> StartAsync(string folder, string name, Uri? relay = null)
    {
        var agent = new TestAgent(folder, name);
        await agent.StartAsync();
        if (relay is not null)
        {
            await agent.Control.SetConfigAsync("relay", relay.AbsoluteUri, default);
        }
        return agent;
    }

    /// <param name="held">What another program has on the clipboard by then; a new clipboard is empty.</param>
    public async Task StartAsync(string? held = null)
    {
        var random = SystemRandomSource.Instance;
        Directory.CreateDirectory(_folder);
        var keys = new KeyFileKeyStore(Path.Combine(_folder, "keys"));
        var (_, secrets, _) = await DeviceSecrets.LoadOrCreateAsync(keys, null, _ => { }, random, default);
        _secrets = secrets!;
        _cipher = new RecordCipher(_secrets.StorageKey, random);
        var store = await SqliteAgentStore.OpenAsync(Path.Combine(_folder, "toss.db"), _cipher);
        var files = await FileBlobStore.OpenAsync(Path.Combine(_folder, "blobs"), default);
        var blobs = _blobs = new HeldBlobStore(files) { Gate = _gate };
        Clipboard = new HeadlessClipboard();
        if (held is not null)
        {
            Copy(held);
        }
        _thread = new AgentThread(_name);
        Network = new PeerNetwork(TimeProvider.System, random);
        var ports = new AgentPorts(
            store,
            blobs,
            Clipboard,
            Network,
            random,
            TimeProvider.System,
            NullLoggerFactory.Instance
        )
        {
            Files = new FileTrees(),
        };
        var options = new AgentOptions(_name, "test", Environment.ProcessId, keys.Kind)
        {
            ReceiveFolder = Received,
            CopiedFolder = Copied,
        };
        _agent = await _thread.RunAsync(async () => await DeviceAgent.StartAsync(ports, _secrets, options, default));
        Control = new AgentControl(_agent, _thread);
    }

    public async Task StopAsync()
    {
        if (_agent is not { } agent)
        {
            return;
        }
        _agent = null;
        await _thread!.RunAsync(async () =>
        {
            await agent.DisposeAsync();
            return true;
        });
        _thread.Dispose();
        _cipher!.Dispose();
        _secrets!.Dispose();
    }

    /// <summary>Large content that comes, or is copied here, waits for this before it is kept; null for no more.</summary>
    public void HoldChunks(Task? until)
    {
        _gate = until;
        _blobs!.Gate = until;
    }

    /// <summary>As if a person had copied this text.</summary>
    public void Copy(string text) => Clipboard.Copy(new ClipContent([TestContent.Text(text)], Wire.Sensitivity.Normal));

    public async ValueTask DisposeAsync() => await StopAsync();
}
