using System.Globalization;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Ui.State;
using Toss.Ui.Texts;

namespace Toss.Tests.Ui;

/// <summary>Components in memory, before an agent that the test plays; in English unless it says otherwise.</summary>
public abstract class ScreenBench : BunitContext
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    static ScreenBench() => DefaultWaitTimeout = s_patience;

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
        Page = JSInterop.SetupModule("./js/page.js");
        Page.Setup<string?>("takeLink").SetResult(null);
        Page.Setup<bool>("hasCamera").SetResult(false);
        Page.Mode = JSRuntimeMode.Loose;
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    private protected PlayedAgent Agent { get; } = new();

    private protected PlayedReturn Back { get; } = new();

    private protected FakeTimeProvider Time { get; } = new(Samples.Now);

    /// <summary>The page's own script.</summary>
    private protected BunitJSModuleInterop Page { get; }

    private protected static ScreenState Live(AgentSnapshot snapshot) =>
        new(StreamState.Live, AgentView.After(null, snapshot));

    /// <summary>
    /// So much time passes, after all that was done before: an event of the page is handled in its turn, and what it begins to wait
    /// for is begun only then.
    /// </summary>
    private protected void Pass<T>(IRenderedComponent<T> screen, TimeSpan time)
        where T : IComponent =>
        screen.InvokeAsync(() => Time.Advance(time)).WaitAsync(s_patience).GetAwaiter().GetResult();

    /// <summary>What a person reads, without the white space of markup.</summary>
    private protected static string Squeeze(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
