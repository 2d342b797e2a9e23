using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.KeyStores.SecretService;

/// <summary>
/// By what an item is found: application, instance, name. Others on the bus see attributes, so nothing secret is in them.
/// </summary>
internal sealed class SecretAttributes : IDisposable
{
    private const string SchemaName = "io.toss.Secret";

    /// <summary>
    /// SecretSchema: a name, flags, then 32 attributes of name and type; 592 bytes. Made once and kept: libsecret may hold
    /// on to it.
    /// </summary>
    public static readonly nint Schema = MakeSchema();

    public SecretAttributes(string instance, string name)
    {
        var free = LibSecret.GlibFunction("g_free");
        Table = LibSecret.TableNew(
            LibSecret.GlibFunction("g_str_hash"),
            LibSecret.GlibFunction("g_str_equal"),
            free,
            free
        );
        Insert("application", "toss");
        Insert("instance", instance);
        Insert("name", name);
    }

    /// <summary>A GHashTable of strings.</summary>
    public nint Table { get; }

    public void Dispose() => LibSecret.TableUnref(Table);

    private void Insert(string key, string value) =>
        _ = LibSecret.TableInsert(Table, LibSecret.StringCopy(key), LibSecret.StringCopy(value));

    private static unsafe nint MakeSchema()
    {
        const int allocated = 1024;
        var schema = (byte*)NativeMemory.AllocZeroed(allocated);
        *(nint*)schema = Marshal.StringToCoTaskMemUTF8(SchemaName);
        var attribute = (nint*)(schema + 16);
        foreach (var name in (ReadOnlySpan<string>)["application", "instance", "name"])
        {
            // { const gchar *name; SecretSchemaAttributeType type; }, and type STRING is 0.
            *attribute = Marshal.StringToCoTaskMemUTF8(name);
            attribute += 2;
        }
        return (nint)schema;
    }
}
