using System.Text.Json.Serialization.Metadata;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// What a page asks to be known again: first for its session's key, while it is let in; after the connection was away, for the
/// agent's proof, and then it gives its own. The guard has looked already whether it is our page at all.
/// </summary>
/// <param name="changed">Somebody was let in, or again.</param>
internal sealed class ScreenReturns(ScreenSessions sessions, Action changed)
{
    public const string Path = ControlProtocol.ScreenSession;

    public async Task AnswerAsync(HttpContext context)
    {
        var json = ControlJson.Default;
        var (request, response) = (context.Request, context.Response);
        switch (request.Method, request.Path.Value)
        {
            case ("GET", ControlProtocol.ScreenSession):
                await AnswerAsync(context, sessions.Of(request.Cookies[ScreenGuard.CookieName]), json.ScreenSession);
                break;
            case ("POST", ControlProtocol.GreetScreens):
                var greeting = await ReadAsync(context, json.ScreenGreeting);
                await AnswerAsync(context, greeting is null ? null : sessions.Greet(greeting), json.ScreenGreeted);
                break;
            case ("POST", ControlProtocol.ReturnToScreens):
                var back = await ReadAsync(context, json.ScreenReturn);
                if (back is not null && sessions.Return(back) is { } cookie)
                {
                    LetIn(response, cookie);
                    response.StatusCode = StatusCodes.Status204NoContent;
                    break;
                }
                response.StatusCode = StatusCodes.Status401Unauthorized;
                break;
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    public void LetIn(HttpResponse response, string cookie)
    {
        response.Cookies.Append(
            ScreenGuard.CookieName,
            cookie,
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Path = "/",
            }
        );
        changed();
    }

    private static async Task AnswerAsync<T>(HttpContext context, T? answer, JsonTypeInfo<T> type)
        where T : class
    {
        if (answer is null)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        await ControlRoutes.AnswerAsync(context, answer, type);
    }

    private static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await ControlRoutes.ReadAsync(context, type);
        }
        catch (ControlException)
        {
            // It is not ours, whatever it is.
            return null;
        }
    }
}
