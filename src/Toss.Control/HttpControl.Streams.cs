using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Toss.Control.Http;

namespace Toss.Control;

/// <summary>What comes bit by bit: pairings, and what happens at the agent.</summary>
public sealed partial class HttpControl
{
    public IAsyncEnumerable<PairingEvent> OpenPairingAsync(
        OpenPairingRequest request,
        CancellationToken cancellation
    ) =>
        PairAsync(
            () => Body(HttpMethod.Post, ControlProtocol.OpenPairing, request, ControlJson.Default.OpenPairingRequest),
            cancellation
        );

    public IAsyncEnumerable<PairingEvent> JoinAsync(JoinRequest request, CancellationToken cancellation) =>
        PairAsync(
            () => Body(HttpMethod.Post, ControlProtocol.Join, request, ControlJson.Default.JoinRequest),
            cancellation
        );

    public IAsyncEnumerable<SendEvent> SendFilesAsync(SendFilesRequest request, CancellationToken cancellation) =>
        StreamAsync(
            () => Body(HttpMethod.Post, ControlProtocol.SendFiles, request, ControlJson.Default.SendFilesRequest),
            ControlJson.Default.SendEvent,
            isLast: null,
            "while it was sending",
            cancellation
        );

    public IAsyncEnumerable<SendEvent> SendGivenFilesAsync(
        GivenFilesRequest request,
        Stream content,
        CancellationToken cancellation
    ) =>
        StreamAsync(
            () =>
            {
                var asked = new HttpRequestMessage(HttpMethod.Post, ControlProtocol.SendGivenFiles)
                {
                    Content = new GivenBody(request, content),
                };
                // A refusal (wrong version) comes before the files are sent.
                asked.Headers.ExpectContinue = true;
                return asked;
            },
            ControlJson.Default.SendEvent,
            isLast: null,
            "while it was sending",
            cancellation
        );

    public Task CheckGivenFilesAsync(GivenFilesRequest request, CancellationToken cancellation) =>
        DoAsync(
            new HttpRequestMessage(HttpMethod.Post, ControlProtocol.CheckGivenFiles)
            {
                Content = new GivenBody(request, content: null),
            },
            cancellation
        );

    public async IAsyncEnumerable<AgentEvent> WatchAsync(
        EventPosition? after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Get, ControlProtocol.Events);
        if (after is { } position)
        {
            request.Headers.TryAddWithoutValidation(EventLines.PositionHeader, position.ToString());
        }
        using var response = await SendAsync(request, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var next in EventLines.ReadAsync(body, cancellation))
        {
            yield return next;
        }
    }

    private IAsyncEnumerable<PairingEvent> PairAsync(
        Func<HttpRequestMessage> request,
        CancellationToken cancellation
    ) =>
        StreamAsync(
            request,
            ControlJson.Default.PairingEvent,
            static happened => happened is PairingDone or PairingFailed,
            "while it was pairing",
            cancellation
        );

    private async IAsyncEnumerable<T> StreamAsync<T>(
        Func<HttpRequestMessage> request,
        JsonTypeInfo<T> type,
        Func<T, bool>? isLast,
        string doing,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        // Disposing the response closes the connection, which is how the agent learns that nobody watches any more.
        using var response = await SendAsync(request(), cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var next in JsonLines.ReadAsync(body, type, isLast, doing, cancellation))
        {
            yield return next;
        }
    }
}
