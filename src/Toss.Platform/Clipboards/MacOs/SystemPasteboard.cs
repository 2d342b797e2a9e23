using System.Runtime.Versioning;
using System.Text;
using Toss.Core.Files;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.MacOs;

/// <summary>
/// NSPasteboard's general pasteboard, by the runtime of Objective-C. What the methods give lives until the pool around the
/// call is emptied, so each call has one. Could not be run where it was written: see docs/platforms.md.
/// </summary>
[SupportedOSPlatform("macos")]
internal sealed unsafe class SystemPasteboard : IPasteboard
{
    /// <summary>NSPasteboardContentsCurrentHostOnly.</summary>
    private const nuint CurrentHostOnly = 1;

    private readonly AppKitMethods _methods;
    private readonly nint _pasteboard;

    /// <exception cref="PlatformException">There is no AppKit, or not the one that is known, or no pasteboard.</exception>
    public SystemPasteboard()
    {
        _methods = AppKitMethods.Load();
        using var pool = new AutoreleasePool();
        // One for the life of the process: it need not be kept from the pool.
        _pasteboard = ObjectiveC.Send(_methods.PasteboardClass, _methods.GeneralPasteboard);
        if (_pasteboard == 0)
        {
            throw new PlatformException(
                PlatformFailure.UnsupportedDisplay,
                "This session of macOS has no pasteboard: start toss where somebody is logged in to the desktop."
            );
        }
    }

    public long ChangeCount
    {
        get
        {
            using var pool = new AutoreleasePool();
            return ObjectiveC.Send(_pasteboard, _methods.ChangeCount);
        }
    }

    public TimeSpan SinceInput =>
        TimeSpan.FromSeconds(
            Math.Clamp(
                CoreGraphics.SecondsSinceLastEvent(CoreGraphics.CombinedSession, CoreGraphics.AnyInput),
                0,
                TimeSpan.SecondsPerDay
            )
        );

    public IReadOnlyList<string> Types(int most)
    {
        using var pool = new AutoreleasePool();
        // Null where there is none.
        var types = ObjectiveC.Send(_pasteboard, _methods.Types);
        var count = types == 0 ? 0 : (nuint)ObjectiveC.Send(types, _methods.Count);
        var names = new List<string>();
        for (nuint at = 0; at < count && names.Count < most; at++)
        {
            names.Add(Text(ObjectiveC.Send(types, _methods.ObjectAtIndex, at)));
        }
        return names;
    }

    public IReadOnlyList<string> Files(int most)
    {
        using var pool = new AutoreleasePool();
        var items = ObjectiveC.Send(_pasteboard, _methods.Items);
        var count = items == 0 ? 0 : (nuint)ObjectiveC.Send(items, _methods.Count);
        var paths = new List<string>();
        for (nuint at = 0; at < count && paths.Count < most; at++)
        {
            var item = ObjectiveC.Send(items, _methods.ObjectAtIndex, at);
            if (PathOf(ObjectiveC.Send(item, _methods.ItemDataForType, String(PasteboardFormats.File))) is { } path)
            {
                paths.Add(path);
            }
        }
        return paths;
    }

    public GivenBytes Get(string type, long limit)
    {
        using var pool = new AutoreleasePool();
        var bytes = ObjectiveC.Send(_pasteboard, _methods.DataForType, String(type));
        if (bytes == 0)
        {
            return default;
        }
        var size = (nuint)ObjectiveC.Send(bytes, _methods.Length);
        return size > (nuint)limit
            ? new(null, IsTooLarge: true)
            : new(
                new ReadOnlySpan<byte>((void*)ObjectiveC.Send(bytes, _methods.Bytes), (int)size).ToArray(),
                IsTooLarge: false
            );
    }

    public long? Put(
        IReadOnlyList<(string Type, ReadOnlyMemory<byte> Bytes)> content,
        IReadOnlyList<string> files,
        bool stays
    )
    {
        using var pool = new AutoreleasePool();
        var count = ObjectiveC.Send(_pasteboard, _methods.PrepareForNewContents, stays ? CurrentHostOnly : 0);
        if (files.Count > 0)
        {
            return ObjectiveC.SendForBool(_pasteboard, _methods.WriteObjects, Items(content, files)) != 0
                ? count
                : null;
        }
        var isTaken = content.Count == 0;
        foreach (var (type, bytes) in content)
        {
            isTaken |= Set(_pasteboard, _methods.SetDataForType, type, bytes.Span);
        }
        return isTaken ? count : null;
    }

    /// <summary>
    /// Items take no types but Apple's kind of names, which those of content are not all: so content alone is put on the pasteboard
    /// itself.
    /// </summary>
    private nint Items(IReadOnlyList<(string Type, ReadOnlyMemory<byte> Bytes)> marks, IReadOnlyList<string> files)
    {
        var items = ObjectiveC.Send(_methods.ArrayClass, _methods.EmptyArray);
        var isFirst = true;
        foreach (var file in files)
        {
            var item = ObjectiveC.Send(ObjectiveC.Send(_methods.ItemClass, _methods.NewItem), _methods.Autorelease);
            foreach (var (type, bytes) in isFirst ? marks : [])
            {
                Set(item, _methods.ItemSetDataForType, type, bytes.Span);
            }
            isFirst = false;
            Set(
                item,
                _methods.ItemSetDataForType,
                PasteboardFormats.File,
                Encoding.UTF8.GetBytes(LocalFiles.AddressOf(file))
            );
            items = ObjectiveC.Send(items, _methods.ArrayWith, item);
        }
        return items;
    }

    private bool Set(nint receiver, nint selector, string type, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* at = bytes)
        {
            var copied = ObjectiveC.Send(_methods.BytesClass, _methods.BytesWithLength, at, (nuint)bytes.Length);
            return ObjectiveC.SendForBool(receiver, selector, copied, String(type)) != 0;
        }
    }

    /// <summary>Of an address in bytes; null if it is none of a file.</summary>
    private string? PathOf(nint bytes)
    {
        var size = bytes == 0 ? 0 : (nuint)ObjectiveC.Send(bytes, _methods.Length);
        if (size is 0 or > FileSetLimits.Path * 3)
        {
            return null;
        }
        var address = Encoding.UTF8.GetString((byte*)ObjectiveC.Send(bytes, _methods.Bytes), (int)size);
        // Another machine's is none of ours.
        if (
            !address.StartsWith("file:///", StringComparison.OrdinalIgnoreCase)
            && !address.StartsWith("file://localhost/", StringComparison.OrdinalIgnoreCase)
        )
        {
            return null;
        }
        // Finder names files by number, and this looks them up.
        var url = ObjectiveC.Send(_methods.UrlClass, _methods.UrlWithString, String(address));
        var path = url == 0 ? 0 : ObjectiveC.Send(url, _methods.Path);
        return path == 0 ? null : Text(path);
    }

    private nint String(string text)
    {
        fixed (byte* utf8 = Encoding.UTF8.GetBytes(text + '\0'))
        {
            return ObjectiveC.Send(_methods.StringClass, _methods.StringWithUtf8, utf8);
        }
    }

    private string Text(nint @string) =>
        System.Runtime.InteropServices.Marshal.PtrToStringUTF8(ObjectiveC.Send(@string, _methods.Utf8String)) ?? "";

    /// <summary>NSAutoreleasePool, as the runtime has it.</summary>
    private readonly ref struct AutoreleasePool()
    {
        private readonly nint _pool = ObjectiveC.PushPool();

        public void Dispose() => ObjectiveC.PopPool(_pool);
    }
}
