using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Tests.Cli;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>The real server and the real client on a real Unix socket in a temporary folder, around a fake agent.</summary>
public abstract class ControlBench : IAsyncLifetime
{
    protected static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("toss-control-");
    private ControlServer? _server;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected FakeTimeProvider Time { get; } = new(FakeControl.Now);
    private protected FakeControl Agent { get; } = new();
    protected string Socket => Path.Combine(_folder.FullName, "run", "control.sock");
    private protected ControlServer Server => _server!;
    protected HttpControl Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ControlServer.StartAsync(Socket, Agent, NullLoggerFactory.Instance, Ct, Agent, Time);
        Client = new HttpControl(Socket);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
