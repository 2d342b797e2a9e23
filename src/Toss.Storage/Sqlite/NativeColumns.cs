using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Toss.Storage.Sqlite;

/// <summary>
/// SQLite's own calls for the columns of a row, of the library that its binding loaded. A search asks them a million times, and each
/// is a few instructions: the value stands in memory since the step that led to the row. So none of them lets the collector in on
/// its way, and none counts who uses the statement, which whoever scans holds.
/// </summary>
internal static unsafe partial class NativeColumns
{
    private const string Library = "e_sqlite3";

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int TypeOf(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial long Integer(nint statement, int column);

    /// <summary>Null if it has no bytes.</summary>
    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial byte* Blob(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Length(nint statement, int column);
}
