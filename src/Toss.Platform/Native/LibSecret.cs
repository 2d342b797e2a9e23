using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>libsecret and as much of GLib as it takes. The forms that block; callers bring a thread and a cancellable.</summary>
internal static unsafe partial class LibSecret
{
    public const string Library = "libsecret-1.so.0";
    private const string Glib = "libglib-2.0.so.0";
    private const string GObject = "libgobject-2.0.so.0";
    private const string Gio = "libgio-2.0.so.0";

    public const int SessionBus = 2;

    /// <summary>SECRET_SEARCH_ALL: every item that matches, locked or not, without a prompt.</summary>
    public const int SearchAll = 1 << 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct GError
    {
        public uint Domain;
        public int Code;
        public byte* Message;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct GList
    {
        public nint Value;
        public GList* Next;
        public GList* Previous;
    }

    [LibraryImport(Library, EntryPoint = "secret_service_get_sync")]
    public static partial nint ServiceGet(int flags, nint cancellable, GError** error);

    /// <summary>Forgets the connection kept for the next call, which may be to another bus.</summary>
    [LibraryImport(Library, EntryPoint = "secret_service_disconnect")]
    public static partial void ServiceDisconnect();

    [LibraryImport(Library, EntryPoint = "secret_service_search_sync")]
    public static partial GList* ServiceSearch(
        nint service,
        nint schema,
        nint attributes,
        int flags,
        nint cancellable,
        GError** error
    );

    [LibraryImport(Library, EntryPoint = "secret_service_unlock_sync")]
    public static partial int ServiceUnlock(
        nint service,
        GList* objects,
        nint cancellable,
        GList** unlocked,
        GError** error
    );

    [LibraryImport(Library, EntryPoint = "secret_item_get_locked")]
    public static partial int ItemIsLocked(nint item);

    [LibraryImport(
        Library,
        EntryPoint = "secret_collection_for_alias_sync",
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial nint CollectionForAlias(
        nint service,
        string alias,
        int flags,
        nint cancellable,
        GError** error
    );

    [LibraryImport(Library, EntryPoint = "secret_collection_get_locked")]
    public static partial int CollectionIsLocked(nint collection);

    [LibraryImport(Library, EntryPoint = "secret_password_storev_sync", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int PasswordStore(
        nint schema,
        nint attributes,
        string collection,
        string label,
        byte* password,
        nint cancellable,
        GError** error
    );

    [LibraryImport(Library, EntryPoint = "secret_password_lookupv_sync")]
    public static partial byte* PasswordLookup(nint schema, nint attributes, nint cancellable, GError** error);

    /// <summary>Wipes and frees.</summary>
    [LibraryImport(Library, EntryPoint = "secret_password_free")]
    public static partial void PasswordFree(byte* password);

    [LibraryImport(Gio, EntryPoint = "g_bus_get_sync")]
    public static partial nint BusGet(int type, nint cancellable, GError** error);

    [LibraryImport(Gio, EntryPoint = "g_dbus_connection_set_exit_on_close")]
    public static partial void BusSetExitOnClose(nint connection, int exit);

    [LibraryImport(Gio, EntryPoint = "g_dbus_connection_call_sync", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint BusCall(
        nint connection,
        string service,
        string path,
        string iface,
        string method,
        nint parameters,
        nint replyType,
        int flags,
        int milliseconds,
        nint cancellable,
        GError** error
    );

    [LibraryImport(Glib, EntryPoint = "g_variant_unref")]
    public static partial void VariantUnref(nint variant);

    [LibraryImport(Gio, EntryPoint = "g_cancellable_new")]
    public static partial nint CancellableNew();

    /// <summary>May be called from any thread.</summary>
    [LibraryImport(Gio, EntryPoint = "g_cancellable_cancel")]
    public static partial void CancellableCancel(nint cancellable);

    [LibraryImport(GObject, EntryPoint = "g_object_unref")]
    public static partial void Unref(nint instance);

    [LibraryImport(Glib, EntryPoint = "g_main_context_new")]
    public static partial nint ContextNew();

    [LibraryImport(Glib, EntryPoint = "g_main_context_push_thread_default")]
    public static partial void ContextPush(nint context);

    [LibraryImport(Glib, EntryPoint = "g_main_context_pop_thread_default")]
    public static partial void ContextPop(nint context);

    /// <summary>Dispatches what is ready; zero if nothing was.</summary>
    [LibraryImport(Glib, EntryPoint = "g_main_context_iteration")]
    public static partial int ContextIterate(nint context, int mayBlock);

    [LibraryImport(Glib, EntryPoint = "g_main_context_unref")]
    public static partial void ContextUnref(nint context);

    [LibraryImport(Glib, EntryPoint = "g_error_free")]
    public static partial void ErrorFree(GError* error);

    [LibraryImport(Glib, EntryPoint = "g_list_append")]
    public static partial GList* ListAppend(GList* list, nint value);

    [LibraryImport(Glib, EntryPoint = "g_list_free")]
    public static partial void ListFree(GList* list);

    [LibraryImport(Glib, EntryPoint = "g_strdup", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint StringCopy(string text);

    [LibraryImport(Glib, EntryPoint = "g_hash_table_new_full")]
    public static partial nint TableNew(nint hash, nint equal, nint freeKey, nint freeValue);

    [LibraryImport(Glib, EntryPoint = "g_hash_table_insert")]
    public static partial int TableInsert(nint table, nint key, nint value);

    [LibraryImport(Glib, EntryPoint = "g_hash_table_unref")]
    public static partial void TableUnref(nint table);

    /// <summary>The address of a function of GLib's that is passed on to GLib.</summary>
    public static nint GlibFunction(string name) => NativeLibrary.GetExport(NativeLibrary.Load(Glib), name);
}
