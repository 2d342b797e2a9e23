using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>One entry a request of <see cref="IControl"/>; how they are read and answered is in <see cref="ControlRoutes"/>.</summary>
internal sealed partial class ControlEndpoints(
    IControl control,
    ILogger log,
    TaskCompletionSource stopRequested,
    CancellationToken ending
)
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Null where the screens are not asked for: in the screens themselves.</summary>
    public IScreens? Screens { get; init; }

    /// <summary>All that the control socket has.</summary>
    public void Map(WebApplication app)
    {
        app.Use(new ControlGuard(log).PassAsync);
        app.UseRouting();
        MapRequests(app);
    }

    /// <summary>The requests alone; what stands before them is the caller's.</summary>
    public void MapRequests(IEndpointRouteBuilder app)
    {
        var routes = new ControlRoutes(app);
        MapAgent(routes);
        MapCircle(routes);
        MapContent(routes);
        MapBackups(routes);
        MapRules(routes);
        new ControlStreams(control, log, Time, ending).Map(routes);
        if (Screens is { } screens)
        {
            MapScreens(routes, screens);
        }
        app.MapFallback(_ => throw ControlGuard.NoSuchRequest());
    }

    private void MapAgent(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        routes.Get(
            ControlProtocol.Status,
            "This device, its relay, and how each peer is reached.",
            control.GetStatusAsync,
            json.StatusReport
        );
        routes.Get(
            ControlProtocol.Doctor,
            "Looks at everything this device needs; takes seconds, and changes nothing.",
            control.ExamineAsync,
            json.IReadOnlyListDoctorCheck
        );
        routes.Ask(
            "POST",
            ControlProtocol.TestRelay,
            "Connects to a relay, logs in once, and says what came of it; takes up to 20 seconds.",
            json.RelayTestRequest,
            control.TestRelayAsync,
            json.DoctorCheck
        );
        routes.Get(
            ControlProtocol.Config,
            "Every setting with its value, its default and what it does.",
            control.GetConfigAsync,
            json.IReadOnlyListConfigEntry
        );
        routes.Ask(
            "PUT",
            ControlProtocol.Config,
            "Sets a setting; null sets its default again.",
            json.SetConfigRequest,
            (said, cancellation) => control.SetConfigAsync(said.Key, said.Value, cancellation),
            json.ConfigEntry
        );
        routes.Ask(
            "POST",
            ControlProtocol.Trace,
            "The way of the last clips, stage by stage, newest first.",
            json.TraceRequest,
            (said, cancellation) => control.GetTraceAsync(said.Limit, cancellation),
            json.IReadOnlyListTraceReport
        );
        routes.Ask(
            "POST",
            ControlProtocol.Bench,
            "Measures the direct link to a device, each way.",
            json.BenchRequest,
            (said, cancellation) => control.BenchAsync(said.Device, said.Megabytes, cancellation),
            json.BenchReport
        );
        routes.Ask(
            "POST",
            ControlProtocol.Cancel,
            "Stops large content on its way, in or out.",
            json.CancelRequest,
            (said, cancellation) => control.CancelAsync(said.Transfer, cancellation),
            json.TransferReport
        );
        routes.Get(
            ControlProtocol.About,
            "This program, and where it keeps things.",
            control.GetAboutAsync,
            json.AboutReport
        );
        routes.Ask(
            "POST",
            ControlProtocol.RenewKeys,
            "New keys with every device, from the next message on.",
            control.RenewKeysAsync,
            json.RenewReport
        );
        routes.Add(
            new ControlOperation("GET", ControlProtocol.OpenApi, "This reference, as OpenAPI 3.1.")
            {
                AnswerMediaType = "application/json",
            },
            OpenApiAsync
        );
        routes.Add(new ControlOperation("POST", ControlProtocol.Stop, "Ends the agent, after it answered."), StopAsync);
    }

    private static void MapScreens(ControlRoutes routes, IScreens screens)
    {
        var json = ControlJson.Default;
        routes.Ask(
            "POST",
            ControlProtocol.OpenScreens,
            "An address that opens the screens in a browser, once and within a minute.",
            json.OpenScreensRequest,
            (said, cancellation) => screens.OpenScreensAsync(said.Link, cancellation),
            json.ScreensOpened
        );
        routes.Ask(
            "POST",
            ControlProtocol.WaitForScreens,
            "Whether a browser opened that address, within so long.",
            json.WaitForScreensRequest,
            async (said, cancellation) =>
            {
                var patience = TimeSpan.FromMilliseconds(Math.Clamp(said.Milliseconds, 0, int.MaxValue));
                return new ScreensWaited(await screens.WaitForScreensAsync(said.Url, patience, cancellation));
            },
            json.ScreensWaited
        );
        routes.Do(
            ControlProtocol.CloseScreens,
            "Ends every session of the screens, and serves them no more.",
            screens.CloseScreensAsync
        );
    }

    private void MapCircle(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        routes.Get(
            ControlProtocol.Devices,
            "The devices that share this clipboard.",
            control.GetDevicesAsync,
            json.IReadOnlyListDeviceReport
        );
        routes.Ask(
            "POST",
            ControlProtocol.Unpair,
            "Removes a device for good, with those that only it let in and that are not kept.",
            json.UnpairRequest,
            (said, cancellation) => control.UnpairAsync(said.Device, said.Keep, cancellation),
            json.DeviceReport
        );
        routes.Do(
            ControlProtocol.Leave,
            "Takes this device out of its circle; the others stay together.",
            control.LeaveAsync
        );
        routes.Do(
            "PUT",
            ControlProtocol.Rename,
            "Gives this device another name.",
            json.RenameRequest,
            (said, cancellation) => control.RenameAsync(said.Name, cancellation)
        );
        routes.Do(
            "POST",
            ControlProtocol.ConfirmPairing,
            "The answer to \"Add NAME?\".",
            json.ConfirmRequest,
            (said, cancellation) => control.ConfirmPairingAsync(said.PairingId, said.Accept, cancellation)
        );
    }

    private void MapRules(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        routes.Get(
            ControlProtocol.Rules,
            "What is shared with whom.",
            control.GetRulesAsync,
            json.IReadOnlyListRuleReport
        );
        routes.Ask(
            "PUT",
            ControlProtocol.Rules,
            "Sets a rule, a size limit, or both; answers with all rules after it.",
            json.SetRuleRequest,
            control.SetRuleAsync,
            json.IReadOnlyListRuleReport
        );
        routes.Do(ControlProtocol.ResetRules, "No rules any more: everything is shared.", control.ResetRulesAsync);
        routes.Ask(
            "POST",
            ControlProtocol.Send,
            "Sends the current copy, or one of history, by hand: to one device, or to all with the rule `ask`.",
            json.SendRequest,
            control.SendAsync,
            json.SendReport
        );
        routes.Ask(
            "POST",
            ControlProtocol.Accept,
            "Puts what a rule kept in history on the clipboard.",
            json.AcceptRequest,
            (said, cancellation) => control.AcceptAsync(said.Clip, cancellation),
            json.AcceptReport
        );
        routes.Do(
            "POST",
            ControlProtocol.Pause,
            "Stops sharing, for so many seconds or until it is resumed.",
            json.PauseRequest,
            (said, cancellation) => control.PauseAsync(DurationOf(said), cancellation)
        );
        routes.Do(ControlProtocol.Resume, "Shares again.", control.ResumeAsync);
    }

    /// <summary>What is out of bounds stays so, and is the agent's to refuse.</summary>
    private static TimeSpan? DurationOf(PauseRequest request) =>
        request.Seconds is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue)) : null;

    private static async Task OpenApiAsync(HttpContext context)
    {
        await using var document = OpenApi.Open();
        context.Response.ContentType = "application/json";
        await document.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task StopAsync(HttpContext context)
    {
        await ControlRoutes.DoAsync(context, control.StopAsync);
        await context.Response.CompleteAsync();
        stopRequested.TrySetResult();
    }
}
