namespace Toss.Quic.Connections;

/// <summary>What a connection needs of its endpoint: connection IDs that lead datagrams to it (RFC 9000 §5.1, §10.3).</summary>
internal interface IConnectionIds
{
    /// <summary>The length of all that are issued; a short header does not say it.</summary>
    int Length { get; }

    /// <summary>A new one, which leads to this connection from now on.</summary>
    ConnectionId Issue(Connection connection);

    /// <summary>It leads nowhere any more.</summary>
    void Retire(in ConnectionId id);

    /// <summary>16 bytes that only this endpoint can make from this ID.</summary>
    void MakeResetToken(in ConnectionId id, Span<byte> token);

    /// <summary>A datagram that ends in this token says that the peer forgot the connection.</summary>
    void ExpectReset(ResetToken token, Connection connection);

    void ForgetReset(ResetToken token);
}
