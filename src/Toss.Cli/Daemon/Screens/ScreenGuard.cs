using Microsoft.Net.Http.Headers;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// Stands before everything that the screens' server gives. Any program of this computer, and any page in its browser, can
/// connect to it: so a request must name this server as nobody knows it who was not told, come from its own page, and bear a
/// session. Whatever is refused is told nothing.
/// </summary>
/// <param name="host">`NAME:PORT`, the only one that is answered.</param>
/// <param name="importMapHash">Of the inline script that the page of the screens has; null without one.</param>
internal sealed class ScreenGuard(
    string host,
    ScreenTickets tickets,
    ScreenSessions sessions,
    ScreenReturns returns,
    string? importMapHash
)
{
    public const string LoginPath = "/login";
    public const string TicketName = "t";
    public const string CookieName = "toss-session";

    private readonly string _origin = $"http://{host}";

    /// <summary>
    /// Own scripts and styles; inline there is the list of the runtime's files, by its hash, and attributes with a style, which can
    /// fetch nothing. WebAssembly may be compiled: that is no eval of text. No frame around it, no form to elsewhere, and nothing from
    /// elsewhere.
    /// </summary>
    private readonly string _policy =
        $"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{(importMapHash is null ? "" : $" '{importMapHash}'")}; "
        + "style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; "
        + "worker-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        SetHeaders(context.Response.Headers);
        var request = context.Request;
        // DNS rebinding: a name of somebody else's that leads here comes with that name.
        if (request.Headers.Host is not [{ } named] || named != host)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        var isLogin = request.Path == LoginPath;
        if (!IsOwnOrigin(request) || !(isLogin ? IsNavigation(request) : IsOwnPage(request)))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        if (isLogin)
        {
            await LogInAsync(context);
            return;
        }
        if (request.Path.Value!.StartsWith(ScreenReturns.Path, StringComparison.Ordinal))
        {
            await returns.AnswerAsync(context);
            return;
        }
        if (!sessions.IsOpen(request.Cookies[CookieName]))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await WriteAsync(context, "Not open here. Run `toss ui` to open this page.\n", "text/plain");
            return;
        }
        await next(context);
    }

    private void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = _policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()";
        headers.CacheControl = "no-store";
    }

    private async Task LogInAsync(HttpContext context)
    {
        if (!tickets.TryRedeem(context.Request.Query[TicketName], out var link))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await WriteAsync(
                context,
                "This address was used, or is too old. Run `toss ui` for another.\n",
                "text/plain"
            );
            return;
        }
        returns.LetIn(context.Response, sessions.Open());
        await WriteAsync(context, LoggedIn(link), "text/html");
    }

    /// <summary>A page elsewhere, also at another port of the same name, says so itself; `null` is one in a sandbox.</summary>
    private bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin is [] or [null] || (request.Headers.Origin is [{ } origin] && origin == _origin);

    /// <summary>By its own page, or by a person who opened an address.</summary>
    private static bool IsOwnPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is [] or ["same-origin" or "none"];

    /// <summary>
    /// A person's browser that was given the address, by whatever; no script, no frame, and no look ahead, which would use the
    /// ticket up.
    /// </summary>
    private static bool IsNavigation(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && request.Headers["Sec-Fetch-Mode"] is [] or ["navigate"]
        && request.Headers["Sec-Fetch-Dest"] is [] or ["document"]
        && request.Headers["Sec-Purpose"] is [];

    /// <summary>
    /// Goes on by itself: a navigation from this page is one of the same origin, with which the browser sends a strict cookie,
    /// whatever opened this one. A redirect would not be. A link goes behind `#`, which browsers send to nobody.
    /// </summary>
    private static string LoggedIn(string? link)
    {
        var next = link is null ? "/" : $"/pair#{Uri.EscapeDataString(link)}";
        return $"<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={next}\"><link rel=\"icon\" href=\"data:,\"><title>Toss</title>\n";
    }

    private static Task WriteAsync(HttpContext context, string text, string type)
    {
        context.Response.Headers[HeaderNames.ContentType] = $"{type}; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
