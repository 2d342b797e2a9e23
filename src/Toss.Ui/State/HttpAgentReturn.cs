using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Components.WebAssembly.Http;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Ui.State;

/// <summary>
/// By the session's key, which the page holds as long as it is open (<see cref="ScreenProof"/>). Until the agent has proved itself it
/// is sent no cookie: another program may have its port by then.
/// </summary>
public sealed class HttpAgentReturn(HttpClient site) : IAgentReturn
{
    private ScreenSession? _session;

    public Task PrepareAsync(CancellationToken cancellation) =>
        _session is null ? TakeSessionAsync(cancellation) : Task.CompletedTask;

    public async Task<ReturnOutcome> TryAsync(CancellationToken cancellation)
    {
        if (_session is not { } session)
        {
            // It never was in. Its cookie is good with the agent that gave it, and after that with nobody.
            var first = await TakeSessionAsync(cancellation);
            return _session is null ? OutcomeOf(first) : ReturnOutcome.Back;
        }
        var nonce = RandomNumberGenerator.GetBytes(ScreenProof.Length);
        using var greeting = Post(
            ControlProtocol.GreetScreens,
            new ScreenGreeting(session.Id, nonce),
            ControlJson.Default.ScreenGreeting
        );
        greeting.SetBrowserRequestCredentials(BrowserRequestCredentials.Omit);
        var (status, greeted) = await AskAsync(greeting, ControlJson.Default.ScreenGreeted, cancellation);
        if (greeted is null)
        {
            return OutcomeOf(status);
        }
        if (!ScreenProof.IsSame(greeted.Proof, ScreenProof.OfAgent(session.Key, nonce, greeted.Nonce)))
        {
            return ReturnOutcome.Refused;
        }
        using var back = Post(
            ControlProtocol.ReturnToScreens,
            new ScreenReturn(session.Id, greeted.Nonce, ScreenProof.OfPage(session.Key, nonce, greeted.Nonce)),
            ControlJson.Default.ScreenReturn
        );
        back.SetBrowserRequestCredentials(BrowserRequestCredentials.SameOrigin);
        (status, _) = await AskAsync(back, ControlJson.Default.ScreenGreeted, cancellation);
        return OutcomeOf(status);
    }

    private async Task<HttpStatusCode?> TakeSessionAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(ControlProtocol.ScreenSession));
        (var status, _session) = await AskAsync(request, ControlJson.Default.ScreenSession, cancellation);
        return status;
    }

    private static ReturnOutcome OutcomeOf(HttpStatusCode? status) =>
        status switch
        {
            null or HttpStatusCode.ServiceUnavailable => ReturnOutcome.Away,
            HttpStatusCode.NoContent => ReturnOutcome.Back,
            _ => ReturnOutcome.Refused,
        };

    /// <summary>No status where nobody answered.</summary>
    private async Task<(HttpStatusCode? Status, T? Answer)> AskAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> type,
        CancellationToken cancellation
    )
        where T : class
    {
        try
        {
            using var response = await site.SendAsync(request, cancellation);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return (response.StatusCode, null);
            }
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            return (response.StatusCode, JsonSerializer.Deserialize(body, type));
        }
        catch (HttpRequestException)
        {
            return (null, null);
        }
        catch (JsonException)
        {
            return (HttpStatusCode.OK, null);
        }
    }

    private static HttpRequestMessage Post<T>(string path, T body, JsonTypeInfo<T> type) =>
        new(HttpMethod.Post, Relative(path))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };

    private static Uri Relative(string path) => new(path.TrimStart('/'), UriKind.Relative);
}
