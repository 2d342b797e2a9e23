using System.Runtime.InteropServices;

namespace Toss.Platform.Clipboards.X11;

/// <summary>libXRes 1.2: which process a window belongs to. Windows that own a selection seldom say so themselves.</summary>
internal static unsafe partial class XRes
{
    private const string Library = "libXRes.so.1";

    /// <summary>X-Resource 1.2, QueryClientIds: the process id.</summary>
    private const uint PidMask = 2;

    /// <summary>
    /// The id of the process that has this window; null if it is not on this machine, or the server or the library lacks
    /// what is needed.
    /// </summary>
    public static int? PidOf(nint display, nint window)
    {
        try
        {
            var spec = new Spec { Client = window, Mask = PidMask };
            nint count = 0;
            Value* values = null;
            if (QueryClientIds(display, 1, &spec, &count, &values) != 0)
            {
                return null;
            }
            int? found = null;
            for (nint i = 0; i < count; i++)
            {
                if (values[i].Spec.Mask == PidMask && values[i].Length >= sizeof(int) && values[i].Bytes != null)
                {
                    found = *(int*)values[i].Bytes;
                }
            }
            ClientIdsDestroy(count, values);
            return found > 0 ? found : null;
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport(Library, EntryPoint = "XResQueryClientIds")]
    private static partial int QueryClientIds(nint display, nint specs, Spec* spec, nint* count, Value** values);

    [LibraryImport(Library, EntryPoint = "XResClientIdsDestroy")]
    private static partial void ClientIdsDestroy(nint count, Value* values);

    [StructLayout(LayoutKind.Sequential)]
    private struct Spec
    {
        public nint Client;
        public uint Mask;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Value
    {
        public Spec Spec;
        public nint Length;
        public void* Bytes;
    }
}
