using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>Rules, what is done by hand where they ask, pauses, and what is stopped.</summary>
internal sealed partial class ControlEndpoints
{
    private void MapRules(WebApplication app)
    {
        app.MapGet(
            ControlProtocol.Rules,
            c => AnswerAsync(c, control.GetRulesAsync, ControlJson.Default.IReadOnlyListRuleReport)
        );
        app.MapPut(ControlProtocol.Rules, SetRuleAsync);
        app.MapPost(ControlProtocol.ResetRules, c => DoAsync(c, control.ResetRulesAsync));
        app.MapPost(ControlProtocol.Send, SendAsync);
        app.MapPost(ControlProtocol.Accept, AcceptAsync);
        app.MapPost(ControlProtocol.Pause, PauseAsync);
        app.MapPost(ControlProtocol.Cancel, CancelAsync);
    }

    private async Task SetRuleAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.SetRuleRequest);
        await AnswerAsync(
            context,
            cancellation => control.SetRuleAsync(request, cancellation),
            ControlJson.Default.IReadOnlyListRuleReport
        );
    }

    private async Task SendAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.SendRequest);
        await AnswerAsync(
            context,
            cancellation => control.SendAsync(request.Device, cancellation),
            ControlJson.Default.SendReport
        );
    }

    private async Task AcceptAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.AcceptRequest);
        await AnswerAsync(
            context,
            cancellation => control.AcceptAsync(request.Clip, cancellation),
            ControlJson.Default.AcceptReport
        );
    }

    private async Task CancelAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.CancelRequest);
        await AnswerAsync(
            context,
            cancellation => control.CancelAsync(request.Transfer, cancellation),
            ControlJson.Default.TransferReport
        );
    }

    private async Task PauseAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.PauseRequest);
        // What is out of bounds stays so, and is the agent's to refuse.
        TimeSpan? duration = request.Seconds is { } seconds
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue))
            : null;
        await DoAsync(context, cancellation => control.PauseAsync(duration, cancellation));
    }
}
