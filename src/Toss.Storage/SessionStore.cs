using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Sessions with each peer, versioned, and which session id is whose.</summary>
internal sealed class SessionStore(Database database, RowSeal seal)
{
    private const string Table = "session";
    private const string IdTable = "session_id";

    /// <summary>False, and nothing written, if another version is stored.</summary>
    public bool TryPut(PutSessions write)
    {
        var peer = PeerTag(write.Peer);
        var version = checked((long)write.ExpectedVersion);
        var sealedSessions = seal.Seal(Table, RowSeal.Row(peer, version + 1), write.Sessions.Span);
        var changed =
            version == 0
                ? database.Execute(
                    "INSERT INTO session (peer_tag, version, sealed) VALUES ($1, 1, $2) "
                        + "ON CONFLICT (peer_tag) DO NOTHING",
                    peer,
                    sealedSessions
                )
                : database.Execute(
                    "UPDATE session SET version = version + 1, sealed = $3 WHERE peer_tag = $1 AND version = $2",
                    peer,
                    version,
                    sealedSessions
                );
        if (changed == 0)
        {
            return false;
        }
        database.Execute("DELETE FROM session_id WHERE peer_tag = $1", peer);
        foreach (var id in write.Ids)
        {
            var tag = SessionTag(id);
            database.Execute(
                "INSERT OR REPLACE INTO session_id (session_tag, peer_tag, sealed) VALUES ($1, $2, $3)",
                tag,
                peer,
                seal.Seal(IdTable, RowSeal.Row(tag), write.Peer.ToBytes())
            );
        }
        return true;
    }

    /// <summary>Their ids go with them.</summary>
    public void Erase(DeviceId peer) => database.Execute("DELETE FROM session WHERE peer_tag = $1", PeerTag(peer));

    public void EraseAll() => database.Execute("DELETE FROM session");

    public StoredSessions? Load(DeviceId peer)
    {
        var tag = PeerTag(peer);
        return database.First(
            "SELECT version, sealed FROM session WHERE peer_tag = $1",
            row =>
            {
                var version = row.Integer(0, Table);
                return new StoredSessions(
                    unchecked((ulong)version),
                    seal.Open(Table, RowSeal.Row(tag, version), row.Blob(1, Table))
                );
            },
            tag
        );
    }

    public DeviceId? FindPeer(SessionId session)
    {
        var tag = SessionTag(session);
        var sealedPeer = database.First(
            "SELECT sealed FROM session_id WHERE session_tag = $1",
            row => row.Blob(0, IdTable),
            tag
        );
        if (sealedPeer is null)
        {
            return null;
        }
        return DeviceId.TryFrom(seal.Open(IdTable, RowSeal.Row(tag), sealedPeer), out var peer)
            ? peer
            : throw DamagedRow.Of(IdTable);
    }

    private byte[] PeerTag(DeviceId peer) => seal.Tag(Table, peer.ToBytes());

    private byte[] SessionTag(SessionId session) => seal.Tag(IdTable, session.ToBytes());
}
