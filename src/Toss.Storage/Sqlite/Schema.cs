namespace Toss.Storage.Sqlite;

/// <summary>
/// The layout of `toss.db`, described in docs/protocol/storage.md. Columns `sealed`, `status` and `envelope` are sealed;
/// `*_tag` are keyed hashes; what else stands in clear is what order, expiry and equality need.
/// </summary>
internal static class Schema
{
    public static readonly IReadOnlyList<Migration> Migrations =
    [
        new(
            1,
            """
            CREATE TABLE key_check (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
            CREATE TABLE device (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
            CREATE TABLE circle (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
            CREATE TABLE inviter (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
            CREATE TABLE statement (
                number INTEGER PRIMARY KEY,
                statement_tag BLOB NOT NULL UNIQUE,
                sealed BLOB NOT NULL
            ) STRICT;
            CREATE TABLE card (device_tag BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT;

            CREATE TABLE session (peer_tag BLOB PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
            CREATE TABLE session_id (
                session_tag BLOB PRIMARY KEY,
                peer_tag BLOB NOT NULL REFERENCES session (peer_tag) ON DELETE CASCADE,
                sealed BLOB NOT NULL
            ) STRICT;
            CREATE INDEX session_id_peer ON session_id (peer_tag);

            CREATE TABLE received (
                number INTEGER PRIMARY KEY,
                peer_tag BLOB NOT NULL,
                message BLOB NOT NULL,
                envelope_tag BLOB NOT NULL,
                received_ms INTEGER NOT NULL,
                due INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                status BLOB NOT NULL,
                UNIQUE (peer_tag, message)
            ) STRICT;
            CREATE INDEX received_envelope ON received (envelope_tag);
            CREATE INDEX received_due ON received (peer_tag, received_ms) WHERE due = 1;
            CREATE INDEX received_age ON received (received_ms);

            CREATE TABLE clip (
                number INTEGER PRIMARY KEY,
                id BLOB NOT NULL UNIQUE,
                ms INTEGER NOT NULL,
                counter INTEGER NOT NULL,
                claim INTEGER NOT NULL,
                received_ms INTEGER NOT NULL,
                size INTEGER NOT NULL,
                state INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                status BLOB NOT NULL
            ) STRICT;
            CREATE INDEX clip_order ON clip (ms, counter, id, received_ms, size);
            CREATE INDEX clip_claim ON clip (ms, counter) WHERE claim = 1;
            CREATE INDEX clip_incomplete ON clip (ms, counter) WHERE state = 1;

            CREATE TABLE clip_blob (
                clip BLOB NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
                blob_tag BLOB NOT NULL,
                PRIMARY KEY (clip, blob_tag)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX clip_blob_tag ON clip_blob (blob_tag);
            CREATE TABLE blob_upload (
                blob_tag BLOB NOT NULL,
                relay_tag BLOB NOT NULL,
                at_ms INTEGER NOT NULL,
                PRIMARY KEY (blob_tag, relay_tag)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE delivery (
                number INTEGER PRIMARY KEY,
                peer_tag BLOB NOT NULL,
                message BLOB NOT NULL,
                state INTEGER NOT NULL,
                claim INTEGER NOT NULL,
                created_ms INTEGER NOT NULL,
                clip BLOB,
                ms INTEGER,
                counter INTEGER,
                sealed BLOB NOT NULL,
                status BLOB NOT NULL,
                envelope BLOB,
                UNIQUE (peer_tag, message)
            ) STRICT;
            CREATE INDEX delivery_outgoing ON delivery (peer_tag, (clip IS NULL), created_ms) WHERE state < 2;
            CREATE INDEX delivery_pending ON delivery (peer_tag, created_ms) WHERE state <= 2;
            CREATE INDEX delivery_claim ON delivery (ms, counter) WHERE claim = 1;
            CREATE INDEX delivery_clip ON delivery (clip) WHERE clip IS NOT NULL;
            CREATE INDEX delivery_age ON delivery (created_ms);
            """
        ),
        new(
            2,
            """
            CREATE TABLE farewell (
                number INTEGER PRIMARY KEY,
                message BLOB NOT NULL UNIQUE,
                created_ms INTEGER NOT NULL,
                sealed BLOB NOT NULL
            ) STRICT;
            CREATE TABLE agreement (peer_tag BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
            CREATE INDEX delivery_expired ON delivery (peer_tag, created_ms) WHERE state = 6;
            """
        ),
        // Whether a clip claims the clipboard is decided where it arrives, by its stamp: its sender keeps no account of it. The
        // column stays, as statuses are sealed with it.
        new(3, "DROP INDEX delivery_claim;"),
        // What is deleted stands in `bin` as it stood in `clip`: so it is one statement to put all of history there, and back.
        new(
            4,
            """
            CREATE TABLE clip_mark (
                clip BLOB PRIMARY KEY REFERENCES clip (id) ON DELETE CASCADE,
                sealed BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE bin (
                number INTEGER PRIMARY KEY,
                id BLOB NOT NULL UNIQUE,
                ms INTEGER NOT NULL,
                counter INTEGER NOT NULL,
                claim INTEGER NOT NULL,
                received_ms INTEGER NOT NULL,
                size INTEGER NOT NULL,
                state INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                status BLOB NOT NULL,
                mark BLOB,
                deletion INTEGER NOT NULL,
                deleted_ms INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX bin_deletion ON bin (deletion);
            CREATE INDEX bin_deleted ON bin (deleted_ms);
            CREATE TABLE bin_blob (
                clip BLOB NOT NULL REFERENCES bin (id) ON DELETE CASCADE,
                blob_tag BLOB NOT NULL,
                PRIMARY KEY (clip, blob_tag)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX bin_blob_tag ON bin_blob (blob_tag);
            CREATE TABLE tombstone (
                number INTEGER PRIMARY KEY,
                clip_tag BLOB NOT NULL UNIQUE,
                at_ms INTEGER NOT NULL,
                sealed BLOB NOT NULL
            ) STRICT;
            CREATE INDEX tombstone_age ON tombstone (at_ms);
            """
        ),
        // Asked for each large clip: which messages brought it. Those from before have no tag and are looked at one by one, until they
        // are forgotten.
        new(
            5,
            """
            ALTER TABLE received ADD COLUMN clip_tag BLOB;
            CREATE INDEX received_clip ON received (clip_tag);
            """
        ),
    ];
}
