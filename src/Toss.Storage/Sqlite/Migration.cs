namespace Toss.Storage.Sqlite;

/// <summary>One step forward. Shipped steps never change: a database out there has taken them.</summary>
internal sealed record Migration(int Version, string Sql);
