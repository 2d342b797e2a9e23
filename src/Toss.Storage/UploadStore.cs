using System.Text;
using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Which relays hold which blobs for us.</summary>
internal sealed class UploadStore(Database database, RowSeal seal)
{
    public void Put(PutBlobUpload write) =>
        database.Execute(
            "INSERT INTO blob_upload (blob_tag, relay_tag, at_ms) VALUES ($1, $2, $3) "
                + "ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
            BlobTag(write.Blob),
            RelayTag(write.Relay),
            write.At.ToUnixTimeMilliseconds()
        );

    public void Erase(EraseBlobUpload write) =>
        database.Execute(
            "DELETE FROM blob_upload WHERE blob_tag = $1 AND relay_tag = $2",
            BlobTag(write.Blob),
            RelayTag(write.Relay)
        );

    public bool IsUploaded(BlobId blob, Uri relay) =>
        database.Number(
            "SELECT count(*) FROM blob_upload WHERE blob_tag = $1 AND relay_tag = $2",
            BlobTag(blob),
            RelayTag(relay)
        ) > 0;

    public void Forget(DateTimeOffset before) =>
        database.Execute("DELETE FROM blob_upload WHERE at_ms < $1", before.ToUnixTimeMilliseconds());

    public void EraseAll() => database.Execute("DELETE FROM blob_upload");

    /// <summary>As clips name what they hold: a blob that no clip holds is at no relay for us.</summary>
    private byte[] BlobTag(BlobId blob) => seal.Tag(ClipStore.BlobTable, blob.ToBytes());

    private byte[] RelayTag(Uri relay) => seal.Tag("blob_upload.relay", Encoding.UTF8.GetBytes(relay.AbsoluteUri));
}
