using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
using Toss.Control;
using Toss.Ui.Files;
using Toss.Ui.Settings;
using Toss.Ui.State;
using Toss.Ui.Texts;

namespace Toss.Ui;

/// <summary>Puts the screens together: they ask the agent that served them, beneath `/api`, and nothing else.</summary>
internal static class Program
{
    public static async Task Main(string[] arguments)
    {
        var builder = WebAssemblyHostBuilder.CreateDefault(arguments);
        builder.RootComponents.Add<App>("#app");
        var site = new Uri(builder.HostEnvironment.BaseAddress);
        builder.Services.AddSingleton<IControl>(_ => new HttpControl(new HttpClientHandler(), new Uri(site, "api/")));
        builder.Services.AddSingleton<IAgentReturn>(_ => new HttpAgentReturn(new HttpClient { BaseAddress = site }));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Words>();
        builder.Services.AddSingleton<AgentStore>();
        builder.Services.AddSingleton<Browser>();
        builder.Services.AddSingleton<BackupTransfer>();
        builder.Services.AddSingleton<PageFiles>();
        builder.Services.AddSingleton<FileSends>();
        await builder.Build().RunAsync();
    }
}
