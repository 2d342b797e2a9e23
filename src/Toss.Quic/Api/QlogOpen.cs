namespace Toss.Quic;

/// <summary>
/// Opens the qlog of a connection that begins: JSON-SEQ of draft-ietf-quic-qlog-main-schema and
/// draft-ietf-quic-qlog-quic-events-12, which qvis and the like read. Called on the loop, and so is what it returns: each
/// event is one write there, and when the connection is gone it is disposed. An <see cref="IOException"/> ends the log and
/// nothing else.
/// <para>It holds packet numbers, frames without their contents, connection IDs and the peer's address; no keys, tokens or
/// bytes of the application.</para>
/// </summary>
/// <param name="original">The first destination connection ID: the same at both ends, and a name for the file.</param>
/// <returns>Null: no log of this one.</returns>
public delegate Stream? QlogOpen(ConnectionId original, bool isServer);
