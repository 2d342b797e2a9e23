using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Toss.Platform.Native;

/// <summary>The methods of AppKit and Foundation that are used, found by name and compared with how they are called.</summary>
internal sealed class AppKitMethods
{
    private const string Library = "/System/Library/Frameworks/AppKit.framework/AppKit";

    private static readonly ObjectiveCMethod generalPasteboard = new("NSPasteboard", "generalPasteboard", "@@:", true);
    private static readonly ObjectiveCMethod changeCount = new("NSPasteboard", "changeCount", "q@:");
    private static readonly ObjectiveCMethod types = new("NSPasteboard", "types", "@@:");
    private static readonly ObjectiveCMethod dataForType = new("NSPasteboard", "dataForType:", "@@:@");
    private static readonly ObjectiveCMethod prepare = new("NSPasteboard", "prepareForNewContentsWithOptions:", "q@:Q");
    private static readonly ObjectiveCMethod setData = new("NSPasteboard", "setData:forType:", "B@:@@");
    private static readonly ObjectiveCMethod items = new("NSPasteboard", "pasteboardItems", "@@:");
    private static readonly ObjectiveCMethod write = new("NSPasteboard", "writeObjects:", "B@:@");
    private static readonly ObjectiveCMethod itemData = new("NSPasteboardItem", "dataForType:", "@@:@");
    private static readonly ObjectiveCMethod setItem = new("NSPasteboardItem", "setData:forType:", "B@:@@");
    private static readonly ObjectiveCMethod newItem = new("NSPasteboardItem", "new", "@@:", true);
    private static readonly ObjectiveCMethod autorelease = new("NSPasteboardItem", "autorelease", "@@:");
    private static readonly ObjectiveCMethod array = new("NSArray", "array", "@@:", true);
    private static readonly ObjectiveCMethod arrayWith = new("NSArray", "arrayByAddingObject:", "@@:@");
    private static readonly ObjectiveCMethod urlWith = new("NSURL", "URLWithString:", "@@:@", true);
    private static readonly ObjectiveCMethod path = new("NSURL", "path", "@@:");
    private static readonly ObjectiveCMethod count = new("NSArray", "count", "Q@:");
    private static readonly ObjectiveCMethod objectAtIndex = new("NSArray", "objectAtIndex:", "@@:Q");
    private static readonly ObjectiveCMethod withUtf8 = new("NSString", "stringWithUTF8String:", "@@:*", true);
    private static readonly ObjectiveCMethod utf8 = new("NSString", "UTF8String", "*@:");
    private static readonly ObjectiveCMethod withBytes = new("NSData", "dataWithBytes:length:", "@@:^vQ", true);
    private static readonly ObjectiveCMethod bytes = new("NSData", "bytes", "^v@:");
    private static readonly ObjectiveCMethod length = new("NSData", "length", "Q@:");

    public static readonly IReadOnlyList<ObjectiveCMethod> All =
    [
        generalPasteboard,
        changeCount,
        types,
        dataForType,
        prepare,
        setData,
        items,
        write,
        itemData,
        setItem,
        newItem,
        autorelease,
        array,
        arrayWith,
        urlWith,
        path,
        count,
        objectAtIndex,
        withUtf8,
        utf8,
        withBytes,
        bytes,
        length,
    ];

    private AppKitMethods() { }

    public required nint PasteboardClass { get; init; }
    public required nint StringClass { get; init; }
    public required nint BytesClass { get; init; }
    public required nint ItemClass { get; init; }
    public required nint ArrayClass { get; init; }
    public required nint UrlClass { get; init; }
    public required nint GeneralPasteboard { get; init; }
    public required nint ChangeCount { get; init; }
    public required nint Types { get; init; }
    public required nint DataForType { get; init; }
    public required nint PrepareForNewContents { get; init; }
    public required nint SetDataForType { get; init; }
    public required nint Items { get; init; }
    public required nint WriteObjects { get; init; }
    public required nint ItemDataForType { get; init; }
    public required nint ItemSetDataForType { get; init; }
    public required nint NewItem { get; init; }
    public required nint Autorelease { get; init; }
    public required nint EmptyArray { get; init; }
    public required nint ArrayWith { get; init; }
    public required nint UrlWithString { get; init; }
    public required nint Path { get; init; }
    public required nint Count { get; init; }
    public required nint ObjectAtIndex { get; init; }
    public required nint StringWithUtf8 { get; init; }
    public required nint Utf8String { get; init; }
    public required nint BytesWithLength { get; init; }
    public required nint Bytes { get; init; }
    public required nint Length { get; init; }

    /// <exception cref="PlatformException">
    /// There is no AppKit here, or a method is not there or takes something else: a message that does not fit would end the
    /// process, or worse.
    /// </exception>
    [SupportedOSPlatform("macos")]
    public static AppKitMethods Load()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            throw new PlatformException(PlatformFailure.MissingLibrary, $"{Library} is not there.");
        }
        return new()
        {
            PasteboardClass = Class("NSPasteboard"),
            StringClass = Class("NSString"),
            BytesClass = Class("NSData"),
            ItemClass = Class("NSPasteboardItem"),
            ArrayClass = Class("NSArray"),
            UrlClass = Class("NSURL"),
            GeneralPasteboard = Selector(generalPasteboard),
            ChangeCount = Selector(changeCount),
            Types = Selector(types),
            DataForType = Selector(dataForType),
            PrepareForNewContents = Selector(prepare),
            SetDataForType = Selector(setData),
            Items = Selector(items),
            WriteObjects = Selector(write),
            ItemDataForType = Selector(itemData),
            ItemSetDataForType = Selector(setItem),
            NewItem = Selector(newItem),
            Autorelease = Selector(autorelease),
            EmptyArray = Selector(array),
            ArrayWith = Selector(arrayWith),
            UrlWithString = Selector(urlWith),
            Path = Selector(path),
            Count = Selector(count),
            ObjectAtIndex = Selector(objectAtIndex),
            StringWithUtf8 = Selector(withUtf8),
            Utf8String = Selector(utf8),
            BytesWithLength = Selector(withBytes),
            Bytes = Selector(bytes),
            Length = Selector(length),
        };
    }

    [SupportedOSPlatform("macos")]
    private static nint Class(string name) =>
        ObjectiveC.GetClass(name) is not 0 and var found
            ? found
            : throw new PlatformException(PlatformFailure.MissingLibrary, $"This macOS has no {name}.");

    [SupportedOSPlatform("macos")]
    private static nint Selector(ObjectiveCMethod method)
    {
        var @class = Class(method.Class);
        var selector = ObjectiveC.RegisterSelector(method.Selector);
        var found = method.OfClass
            ? ObjectiveC.GetClassMethod(@class, selector)
            : ObjectiveC.GetInstanceMethod(@class, selector);
        var encoding = found == 0 ? null : Marshal.PtrToStringUTF8(ObjectiveC.GetTypeEncoding(found));
        return encoding is not null && method.IsEncodedAs(encoding)
            ? selector
            : throw new PlatformException(
                PlatformFailure.UnsupportedDisplay,
                $"The pasteboard of this macOS is not the one that toss knows: {method.Class} {method.Selector} is {encoding ?? "not there"}, not {method.Encoding}. Please report this."
            );
    }
}
