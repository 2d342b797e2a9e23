namespace Toss.Relay.Hosting;

/// <summary>Everything the relay logs. No content, no keys, no full mailbox ids; addresses at debug level only.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(1, LogLevel.Debug, "connection {Number} from {Address}")]
    public static partial void Connected(ILogger logger, long number, string address);

    [LoggerMessage(2, LogLevel.Debug, "connection {Number} closed, mailbox {Mailbox}")]
    public static partial void Disconnected(ILogger logger, long number, string mailbox);

    [LoggerMessage(3, LogLevel.Debug, "connection {Number} broke: {Reason}")]
    public static partial void Broke(ILogger logger, long number, string reason);

    [LoggerMessage(4, LogLevel.Warning, "the sweep failed")]
    public static partial void SweepFailed(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "draining {Connections} connections")]
    public static partial void Draining(ILogger logger, int connections);

    [LoggerMessage(
        7,
        LogLevel.Warning,
        "UDP port {Port} cannot be had: {Error}; devices behind NATs find each other worse"
    )]
    public static partial void NoUdp(ILogger logger, int port, System.Net.Sockets.SocketError error);

    [LoggerMessage(8, LogLevel.Debug, "a datagram failed: {Error}")]
    public static partial void UdpFailed(ILogger logger, System.Net.Sockets.SocketError error);

    [LoggerMessage(6, LogLevel.Warning, "connection refused: too many, or too many of one address")]
    public static partial void TooMany(ILogger logger);
}
