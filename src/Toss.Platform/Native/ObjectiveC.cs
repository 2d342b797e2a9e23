using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Toss.Platform.Native;

/// <summary>
/// The runtime of Objective-C. A message is sent by a function without a signature of its own: it takes the one of the
/// method that it ends in, so there is one declaration for each kind of method in <see cref="AppKitMethods"/>.
/// </summary>
[SupportedOSPlatform("macos")]
internal static unsafe partial class ObjectiveC
{
    private const string Library = "/usr/lib/libobjc.A.dylib";
    private const string SendMessage = "objc_msgSend";

    [LibraryImport(Library, EntryPoint = "objc_getClass", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetClass(string name);

    [LibraryImport(Library, EntryPoint = "sel_registerName", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint RegisterSelector(string name);

    [LibraryImport(Library, EntryPoint = "class_getClassMethod")]
    public static partial nint GetClassMethod(nint @class, nint selector);

    [LibraryImport(Library, EntryPoint = "class_getInstanceMethod")]
    public static partial nint GetInstanceMethod(nint @class, nint selector);

    /// <summary>Text that is the method's own.</summary>
    [LibraryImport(Library, EntryPoint = "method_getTypeEncoding")]
    public static partial nint GetTypeEncoding(nint method);

    [LibraryImport(Library, EntryPoint = "objc_autoreleasePoolPush")]
    public static partial nint PushPool();

    [LibraryImport(Library, EntryPoint = "objc_autoreleasePoolPop")]
    public static partial void PopPool(nint pool);

    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial nint Send(nint receiver, nint selector);

    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial nint Send(nint receiver, nint selector, nint argument);

    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial nint Send(nint receiver, nint selector, nuint argument);

    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial nint Send(nint receiver, nint selector, byte* argument);

    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial nint Send(nint receiver, nint selector, byte* first, nuint second);

    /// <summary>A byte, of which 0 is NO.</summary>
    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial byte SendForBool(nint receiver, nint selector, nint argument);

    /// <summary>A byte, of which 0 is NO.</summary>
    [LibraryImport(Library, EntryPoint = SendMessage)]
    public static partial byte SendForBool(nint receiver, nint selector, nint first, nint second);
}
