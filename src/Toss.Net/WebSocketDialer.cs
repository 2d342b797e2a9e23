using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>Opens the WebSocket of a relay: TLS by the system's trust, plus the extra roots.</summary>
public sealed class WebSocketDialer(NetworkOptions options) : IRelayDialer
{
    /// <summary>DNS, TCP, TLS and upgrade together; a phone on a bad network needs seconds.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>Never throws for the network's sake; throws if cancelled.</summary>
    public async Task<DialResult> DialAsync(Uri relay, CancellationToken cancellation)
    {
        var distrusted = false;
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(ProtocolVersions.RelaySubprotocol);
        // The protocol has its own ping, which is counted in virtual time too.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        if (relay.Scheme == "ws" || relay.IsLoopback)
        {
            // A proxy in between would see what must not leave the house, and cannot reach it anyway.
            socket.Options.Proxy = null;
        }
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            var trusted = IsTrusted(certificate, chain, errors);
            distrusted |= !trusted;
            return trusted;
        };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Within);
        try
        {
            await socket.ConnectAsync(RelayUrl.Endpoint(relay), patience.Token);
            return new DialResult(socket, DialOutcome.Connected) { Date = DateOf(socket.HttpResponseHeaders) };
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            var answered = socket.HttpStatusCode;
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            return new DialResult(null, distrusted ? DialOutcome.Certificate : OutcomeOf(answered));
        }
    }

    /// <summary>RFC 9110 §6.6.1: to a second.</summary>
    private static DateTimeOffset? DateOf(IReadOnlyDictionary<string, IEnumerable<string>>? headers) =>
        headers?.FirstOrDefault(header => header.Key.Equals("Date", StringComparison.OrdinalIgnoreCase)).Value
            is { } values
        && DateTimeOffset.TryParseExact(
            values.FirstOrDefault(),
            "r",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var date
        )
            ? date
            : null;

    private static DialOutcome OutcomeOf(HttpStatusCode answered) =>
        answered switch
        {
            0 => DialOutcome.Unreachable,
            // A proxy whose relay restarts.
            >= HttpStatusCode.InternalServerError => DialOutcome.Unreachable,
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => DialOutcome.Unreachable,
            _ => DialOutcome.NotARelay,
        };

    private bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }
        // A wrong name stays wrong, whoever signed.
        if (
            errors != SslPolicyErrors.RemoteCertificateChainErrors
            || options.ExtraRoots is not { Count: > 0 } roots
            || certificate is not X509Certificate2 leaf
        )
        {
            return false;
        }
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(roots);
        // A home relay has nobody who publishes revocations.
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        return own.Build(leaf);
    }
}

/// <summary>The socket is set exactly if <paramref name="Outcome"/> is <see cref="DialOutcome.Connected"/>.</summary>
public sealed record DialResult(WebSocket? Socket, DialOutcome Outcome)
{
    /// <summary>What the relay's clock said, if it did.</summary>
    public DateTimeOffset? Date { get; init; }
}

public enum DialOutcome
{
    Connected,
    Unreachable,
    Certificate,

    /// <summary>Something answered, but not as a relay of ours.</summary>
    NotARelay,
}
