using System.Globalization;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Ui.State;
using Toss.Ui.Texts;

namespace Toss.Tests.Ui;

/// <summary>Components in memory, before an agent that the test plays; in English unless it says otherwise.</summary>
public abstract class ScreenBench : BunitContext
{
    private protected ScreenBench()
    {
        // Tests of one class run one after another, and each begins so.
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        Services.AddSingleton<IControl>(Agent);
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddSingleton<Words>();
        Services.AddSingleton<IAgentReturn>(Back);
        Services.AddSingleton<AgentStore>();
        Services.AddSingleton<Toss.Ui.Browser>();
        Services.AddSingleton<Toss.Ui.Settings.BackupTransfer>();
        Services.AddSingleton<Toss.Ui.Files.PageFiles>();
        Services.AddSingleton<Toss.Ui.Files.FileSends>();
        Files = JSInterop.SetupModule("./js/files.js");
        Files.Mode = JSRuntimeMode.Loose;
        Page = JSInterop.SetupModule("./js/page.js");
        Page.Setup<string?>("takeLink").SetResult(null);
        Page.Setup<bool>("hasCamera").SetResult(false);
        Page.Mode = JSRuntimeMode.Loose;
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    private protected PlayedAgent Agent { get; } = new();

    private protected PlayedReturn Back { get; } = new();

    private protected FakeTimeProvider Time { get; } = new(Samples.Now);

    /// <summary>The script that has a person's files.</summary>
    private protected BunitJSModuleInterop Files { get; }

    /// <summary>The page's own script.</summary>
    private protected BunitJSModuleInterop Page { get; }

    private protected static ScreenState Live(AgentSnapshot snapshot) =>
        new(StreamState.Live, AgentView.After(null, snapshot));

    /// <summary>What a person reads, without the white space of markup.</summary>
    private protected static string Squeeze(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
