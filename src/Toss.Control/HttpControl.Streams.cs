using System.Runtime.CompilerServices;
using Toss.Control.Http;

namespace Toss.Control;

/// <summary>What comes bit by bit: pairings, and what happens at the agent.</summary>
public sealed partial class HttpControl
{
    public IAsyncEnumerable<PairingEvent> OpenPairingAsync(
        OpenPairingRequest request,
        CancellationToken cancellation
    ) =>
        StreamAsync(
            () => Body(HttpMethod.Post, ControlProtocol.OpenPairing, request, ControlJson.Default.OpenPairingRequest),
            cancellation
        );

    public IAsyncEnumerable<PairingEvent> JoinAsync(JoinRequest request, CancellationToken cancellation) =>
        StreamAsync(
            () => Body(HttpMethod.Post, ControlProtocol.Join, request, ControlJson.Default.JoinRequest),
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

    private async IAsyncEnumerable<PairingEvent> StreamAsync(
        Func<HttpRequestMessage> request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        // Disposing the response closes the connection, which is how the agent learns that nobody watches any more.
        using var response = await SendAsync(request(), cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var next in PairingLines.ReadAsync(body, cancellation))
        {
            yield return next;
        }
    }
}
