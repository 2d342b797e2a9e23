using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;

namespace Toss.Storage;

/// <summary>One sealed row that tells at opening whether the database and the storage key belong together.</summary>
internal sealed class KeyCheck(Database database, RowSeal seal)
{
    private const string Table = "key_check";

    private static readonly byte[] Only = RowSeal.Row([1]);

    public void Verify()
    {
        var row = database.First("SELECT sealed FROM key_check WHERE id = 1", row => row.Blob(0, Table));
        if (row is null)
        {
            FaultPoint.Before("Store.KeyCheck");
            database.Execute("INSERT INTO key_check (id, sealed) VALUES (1, $1)", seal.Seal(Table, Only, []));
            FaultPoint.After("Store.KeyCheck");
        }
        else if (!seal.TryOpen(Table, Only, row, out _))
        {
            throw new StoreException(
                StoreFailure.Damaged,
                "The database does not open under this device's storage key. Restore the key, or restore the data "
                    + "directory from a backup, or move it away and pair this device again."
            );
        }
    }
}
