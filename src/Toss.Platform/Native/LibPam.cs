using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>Linux-PAM, as much as one question takes.</summary>
internal static unsafe partial class LibPam
{
    public const string Library = "libpam.so.0";

    public const int Success = 0;
    public const int PermissionDenied = 6;
    public const int WrongAnswer = 7;
    public const int TooManyTries = 11;
    public const int ConversationFailed = 19;

    /// <summary>An account without a password proves nothing.</summary>
    public const int DisallowNoPassword = 0x0001;

    public const int Silent = 0x8000;

    public const int PromptHidden = 1;
    public const int ErrorText = 3;
    public const int InformationText = 4;

    [StructLayout(LayoutKind.Sequential)]
    public struct Conversation
    {
        public delegate* unmanaged<int, Prompt**, Answer**, void*, int> Converse;
        public void* State;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Prompt
    {
        public int Style;
        public byte* Text;
    }

    /// <summary>The caller frees them, and the texts in them.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Answer
    {
        public byte* Text;
        public int Unused;
    }

    [LibraryImport(Library, EntryPoint = "pam_start", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Start(string service, string user, Conversation* conversation, nint* handle);

    [LibraryImport(Library, EntryPoint = "pam_authenticate")]
    public static partial int Authenticate(nint handle, int flags);

    [LibraryImport(Library, EntryPoint = "pam_acct_mgmt")]
    public static partial int CheckAccount(nint handle, int flags);

    [LibraryImport(Library, EntryPoint = "pam_end")]
    public static partial int End(nint handle, int status);

    [LibraryImport(Library, EntryPoint = "pam_strerror")]
    public static partial byte* Describe(nint handle, int status);
}
