using System.Runtime.Versioning;
using System.Text;
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

    public long? Put(IReadOnlyList<(string Type, ReadOnlyMemory<byte> Bytes)> content, bool stays)
    {
        using var pool = new AutoreleasePool();
        var count = ObjectiveC.Send(_pasteboard, _methods.PrepareForNewContents, stays ? CurrentHostOnly : 0);
        var isTaken = content.Count == 0;
        foreach (var (type, bytes) in content)
        {
            fixed (byte* at = bytes.Span)
            {
                var copied = ObjectiveC.Send(_methods.BytesClass, _methods.BytesWithLength, at, (nuint)bytes.Length);
                isTaken |= ObjectiveC.SendForBool(_pasteboard, _methods.SetDataForType, copied, String(type)) != 0;
            }
        }
        return isTaken ? count : null;
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
