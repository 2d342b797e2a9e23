using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;

namespace Toss.Tests.Browser;

/// <summary>A relay, a device with an X11 desktop and one without, each a process of its own.</summary>
internal sealed class TwoDevices : IAsyncDisposable
{
    private TwoDevices(RelayProcess relay, XvfbServer display, TossProgram a, TossProgram b)
    {
        Relay = relay;
        Display = display;
        A = a;
        B = b;
    }

    public RelayProcess Relay { get; }

    public XvfbServer Display { get; }

    public TossProgram A { get; }

    public TossProgram B { get; }

    public static async Task<TwoDevices> StartAsync(bool paired)
    {
        var started = new Stack<IAsyncDisposable>();
        try
        {
            var relay = await RelayProcess.StartAsync();
            started.Push(relay);
            var display = await XvfbServer.StartAsync();
            started.Push(display);
            var a = await TossProgram.StartAsync("alpha-desk", relay.Url, display.Display);
            started.Push(a);
            var b = await TossProgram.StartAsync("beta-lap", relay.Url);
            started.Push(b);
            if (paired)
            {
                await using var show = a.Begin("pair", "--json");
                using var line = System.Text.Json.JsonDocument.Parse(await show.ReadLineAsync());
                (await b.RunAsync("pair", line.RootElement.GetProperty("uri").GetString()!)).Exits(0);
                (await show.EndAsync()).Exits(0);
            }
            return new(relay, display, a, b);
        }
        catch
        {
            while (started.TryPop(out var one))
            {
                await one.DisposeAsync();
            }
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Display.DisposeAsync();
        await Relay.DisposeAsync();
    }
}
