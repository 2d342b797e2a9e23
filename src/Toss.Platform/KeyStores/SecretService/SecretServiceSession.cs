using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Toss.Platform.Native;

namespace Toss.Platform.KeyStores.SecretService;

/// <summary>
/// One connection to the Secret Service, for one operation. Blocks; used on one thread. The bus may be gone the next
/// time, so nothing is kept.
/// </summary>
internal sealed unsafe class SecretServiceSession : IDisposable
{
    /// <summary>More signals than an operation can cause.</summary>
    private const int SignalsToDrain = 1000;

    private readonly SecretServiceLimits _limits;
    private readonly CancellationToken _cancellation;
    private readonly nint _context = LibSecret.ContextNew();
    private nint _bus;
    private nint _service;
    private bool _used;

    private SecretServiceSession(SecretServiceLimits limits, CancellationToken cancellation)
    {
        _limits = limits;
        _cancellation = cancellation;
        LibSecret.ContextPush(_context);
    }

    /// <summary>Why the last call failed, as GLib says it; never holds a secret.</summary>
    public string? Failure { get; private set; }

    /// <summary>Null with <paramref name="failure"/> if there is no bus, no service, or no answer.</summary>
    public static SecretServiceSession? TryOpen(
        SecretServiceLimits limits,
        CancellationToken cancellation,
        out string? failure
    )
    {
        var session = new SecretServiceSession(limits, cancellation);
        if (session.Open())
        {
            failure = null;
            return session;
        }
        failure = session.Failure;
        session.Dispose();
        return null;
    }

    /// <summary>Whether there is an item, and whether it can be read. Never prompts. Null: the service failed.</summary>
    public SecretPresence? Find(SecretAttributes attributes)
    {
        LibSecret.GError* error = null;
        using var limit = Quick();
        var items = LibSecret.ServiceSearch(
            _service,
            SecretAttributes.Schema,
            attributes.Table,
            LibSecret.SearchAll,
            limit.Cancellable,
            &error
        );
        if (Failed(error, limit))
        {
            return null;
        }
        var presence = (SecretPresence?)null;
        for (var item = items; item != null; item = item->Next)
        {
            if (LibSecret.ItemIsLocked(item->Value) == 0)
            {
                presence = SecretPresence.Readable;
            }
            else
            {
                presence ??= SecretPresence.Locked;
            }
            LibSecret.Unref(item->Value);
        }
        LibSecret.ListFree(items);
        // Nothing found while the collection is locked proves nothing: not every service searches what is locked.
        return presence
            ?? DefaultCollection() switch
            {
                null => null,
                CollectionState.Locked => SecretPresence.Locked,
                _ => SecretPresence.Missing,
            };
    }

    /// <summary>The collection where new secrets go. Null: the service failed.</summary>
    public CollectionState? DefaultCollection()
    {
        if (!TryGetDefault(out var collection))
        {
            return null;
        }
        if (collection == 0)
        {
            return CollectionState.None;
        }
        var locked = LibSecret.CollectionIsLocked(collection) != 0;
        LibSecret.Unref(collection);
        return locked ? CollectionState.Locked : CollectionState.Open;
    }

    /// <summary>Asks the user to unlock the default collection, if somebody can ask; false if it stays locked.</summary>
    public bool TryUnlock()
    {
        if (!TryGetDefault(out var collection) || collection == 0)
        {
            return false;
        }
        LibSecret.GError* error = null;
        LibSecret.GList* unlocked = null;
        var wanted = LibSecret.ListAppend(null, collection);
        using var limit = Prompting();
        var count = LibSecret.ServiceUnlock(_service, wanted, limit.Cancellable, &unlocked, &error);
        var failed = Failed(error, limit);
        for (var item = unlocked; item != null; item = item->Next)
        {
            LibSecret.Unref(item->Value);
        }
        LibSecret.ListFree(unlocked);
        LibSecret.ListFree(wanted);
        LibSecret.Unref(collection);
        return !failed && count > 0;
    }

    /// <summary>The text of an item; null if it failed or there is none.</summary>
    public byte[]? Lookup(SecretAttributes attributes)
    {
        if (!TryRenew())
        {
            return null;
        }
        LibSecret.GError* error = null;
        using var limit = Quick();
        var found = LibSecret.PasswordLookup(SecretAttributes.Schema, attributes.Table, limit.Cancellable, &error);
        var failed = Failed(error, limit);
        if (found == null)
        {
            return null;
        }
        var text = failed ? null : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(found).ToArray();
        LibSecret.PasswordFree(found);
        return text;
    }

    /// <summary>May prompt, if there is no collection yet or it is locked.</summary>
    public bool TryStore(SecretAttributes attributes, string label, ReadOnlySpan<byte> text)
    {
        if (!TryRenew())
        {
            return false;
        }
        var terminated = new byte[text.Length + 1];
        text.CopyTo(terminated);
        LibSecret.GError* error = null;
        using var limit = Prompting();
        try
        {
            fixed (byte* password = terminated)
            {
                FaultPoint.Before("Keyring.Store");
                var stored = LibSecret.PasswordStore(
                    SecretAttributes.Schema,
                    attributes.Table,
                    "default",
                    label,
                    password,
                    limit.Cancellable,
                    &error
                );
                FaultPoint.After("Keyring.Store");
                return !Failed(error, limit) && stored != 0;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(terminated);
        }
    }

    public void Dispose()
    {
        Disconnect();
        if (_bus != 0)
        {
            Settle();
            LibSecret.Unref(_bus);
        }
        LibSecret.ContextPop(_context);
        LibSecret.ContextUnref(_context);
    }

    /// <summary>
    /// Signals wait in the thread's context, each with a reference to the connection; one that came after us would keep
    /// it as the process's session bus for good, also when that bus is long gone. A round trip to the bus makes sure that
    /// all of them are here.
    /// </summary>
    private void Settle()
    {
        const string bus = "org.freedesktop.DBus";
        LibSecret.GError* error = null;
        using var limit = Quick();
        var reply = LibSecret.BusCall(
            _bus,
            bus,
            "/org/freedesktop/DBus",
            bus,
            "GetId",
            0,
            0,
            0,
            (int)_limits.Answer.TotalMilliseconds,
            limit.Cancellable,
            &error
        );
        if (reply != 0)
        {
            LibSecret.VariantUnref(reply);
        }
        if (error != null)
        {
            // No bus, no signals.
            LibSecret.ErrorFree(error);
        }
        for (var i = 0; i < SignalsToDrain && LibSecret.ContextIterate(_context, 0) != 0; i++) { }
    }

    private bool Open()
    {
        using var limit = Quick();
        LibSecret.GError* error = null;
        _bus = LibSecret.BusGet(LibSecret.SessionBus, limit.Cancellable, &error);
        if (Failed(error, limit) || _bus == 0)
        {
            return false;
        }
        // GLib's session bus ends the process when the bus goes, unless it is told not to. libsecret uses the same one.
        LibSecret.BusSetExitOnClose(_bus, 0);
        return TryConnect();
    }

    private bool TryConnect()
    {
        using var limit = Quick();
        LibSecret.GError* error = null;
        _service = LibSecret.ServiceGet(0, limit.Cancellable, &error);
        return !Failed(error, limit) && _service != 0;
    }

    /// <summary>
    /// libsecret (0.20.5, found by counting) loses a reference to the bus when one service object serves two of the simple
    /// password calls; each gets its own.
    /// </summary>
    private bool TryRenew()
    {
        if (!_used)
        {
            _used = true;
            return true;
        }
        Disconnect();
        return TryConnect();
    }

    private void Disconnect()
    {
        if (_service != 0)
        {
            LibSecret.Unref(_service);
            _service = 0;
        }
        LibSecret.ServiceDisconnect();
    }

    private bool TryGetDefault(out nint collection)
    {
        LibSecret.GError* error = null;
        using var limit = Quick();
        collection = LibSecret.CollectionForAlias(_service, "default", 0, limit.Cancellable, &error);
        return !Failed(error, limit);
    }

    private CallLimit Quick() => new(_limits.Time, _limits.Answer, _cancellation);

    private CallLimit Prompting() => new(_limits.Time, _limits.Prompt, _cancellation);

    private bool Failed(LibSecret.GError* error, CallLimit limit)
    {
        if (error == null)
        {
            return false;
        }
        Failure = limit.IsReached
            ? "The Secret Service did not answer in time."
            : Marshal.PtrToStringUTF8((nint)error->Message);
        LibSecret.ErrorFree(error);
        return true;
    }
}

internal enum SecretPresence
{
    Missing,
    Locked,
    Readable,
}

internal enum CollectionState
{
    None,
    Locked,
    Open,
}
