using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Toss.Platform.Native;

/// <summary>Windows' data protection (DPAPI): bytes that only the same user opens again, with a key that Windows keeps.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Crypt32
{
    private const string Library = "crypt32";

    /// <summary>Fail rather than show a dialog: an agent has nobody in front of it.</summary>
    private const uint NoDialog = 0x1;

    [StructLayout(LayoutKind.Sequential)]
    private struct Blob
    {
        public uint Length;
        public byte* Bytes;
    }

    /// <summary>False if Windows refuses; <paramref name="why"/> is its reason.</summary>
    /// <param name="bytes">What to protect.</param>
    /// <param name="use">Public; only who names the same use opens it.</param>
    /// <param name="sealed">What may lie on a disk.</param>
    /// <param name="why">For a person.</param>
    public static bool TryProtect(
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<byte> use,
        out byte[] @sealed,
        out string why
    ) => TryCall(bytes, use, protect: true, out @sealed, out why);

    /// <summary>False if Windows refuses: another user's, another machine's, another use's.</summary>
    public static bool TryUnprotect(
        ReadOnlySpan<byte> @sealed,
        ReadOnlySpan<byte> use,
        out byte[] bytes,
        out string why
    ) => TryCall(@sealed, use, protect: false, out bytes, out why);

    private static bool TryCall(
        ReadOnlySpan<byte> given,
        ReadOnlySpan<byte> use,
        bool protect,
        out byte[] result,
        out string why
    )
    {
        fixed (byte* givenAt = given)
        fixed (byte* useAt = use)
        {
            var input = new Blob { Length = (uint)given.Length, Bytes = givenAt };
            var entropy = new Blob { Length = (uint)use.Length, Bytes = useAt };
            Blob output = default;
            var done = protect
                ? ProtectData(&input, null, &entropy, null, null, NoDialog, &output)
                : UnprotectData(&input, null, &entropy, null, null, NoDialog, &output);
            why = done ? "" : Marshal.GetLastPInvokeErrorMessage();
            var bytes = new Span<byte>(output.Bytes, (int)output.Length);
            result = bytes.ToArray();
            CryptographicOperations.ZeroMemory(bytes);
            Kernel32.LocalFree((nint)output.Bytes);
            return done;
        }
    }

    [LibraryImport(Library, EntryPoint = "CryptProtectData", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool ProtectData(
        Blob* given,
        char* description,
        Blob* entropy,
        void* reserved,
        void* prompt,
        uint flags,
        Blob* result
    );

    [LibraryImport(Library, EntryPoint = "CryptUnprotectData", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool UnprotectData(
        Blob* given,
        char** description,
        Blob* entropy,
        void* reserved,
        void* prompt,
        uint flags,
        Blob* result
    );
}
