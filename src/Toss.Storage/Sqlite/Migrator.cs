using Toss.Core.Ports;

namespace Toss.Storage.Sqlite;

/// <summary>Brings a database to the newest version, one transaction a step; never touches one from the future.</summary>
internal static class Migrator
{
    /// <summary>`PRAGMA application_id`: "Toss" in ASCII, so that no other database is taken for ours.</summary>
    private const long ApplicationId = 0x546F7373;

    public static void Migrate(Database database, IReadOnlyList<Migration> steps)
    {
        var version = database.Number("PRAGMA user_version");
        var application = database.Number("PRAGMA application_id");
        var newest = steps[^1].Version;
        if (
            application != ApplicationId
            && (application != 0 || database.Number("SELECT count(*) FROM sqlite_schema") > 0)
        )
        {
            throw new StoreException(
                StoreFailure.Damaged,
                "The file is a database, but not one of Toss. Move it away, or choose another data directory."
            );
        }
        if (version > newest)
        {
            throw new StoreException(
                StoreFailure.NewerVersion,
                $"The database was written by a newer Toss (layout {version}; this one knows {newest}). Update Toss."
            );
        }
        foreach (var step in steps.Where(step => step.Version > version))
        {
            FaultPoint.Before("Store.Migrate");
            database.Transaction(() =>
            {
                database.Script(step.Sql);
                database.Script($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {step.Version}");
                return true;
            });
            FaultPoint.After("Store.Migrate");
        }
    }
}
