using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Toss.Platform.Native;

/// <summary>Since when nobody has touched this machine.</summary>
[SupportedOSPlatform("macos")]
internal static partial class CoreGraphics
{
    /// <summary>kCGEventSourceStateCombinedSessionState.</summary>
    public const int CombinedSession = 0;

    /// <summary>kCGAnyInputEventType.</summary>
    public const uint AnyInput = uint.MaxValue;

    [LibraryImport(
        "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics",
        EntryPoint = "CGEventSourceSecondsSinceLastEventType"
    )]
    public static partial double SecondsSinceLastEvent(int state, uint kind);
}
