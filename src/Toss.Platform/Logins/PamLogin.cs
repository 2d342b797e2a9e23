using System.Runtime.InteropServices;
using Toss.Core.Ports;
using Toss.Platform.Native;

namespace Toss.Platform.Logins;

/// <summary>
/// The login of Linux: PAM's service `login`, for the user of this process. Nothing is opened, no session begins; PAM itself
/// delays a wrong answer, and an administrator's rules for logging in hold here too.
/// </summary>
public sealed class PamLogin : IUserLogin
{
    private const string Service = "login";

    public async ValueTask<LoginResult> CheckAsync(ReadOnlyMemory<byte> password)
    {
        // A thread of its own: PAM waits, and starts programs that may read the password's hash.
        var done = new TaskCompletionSource<LoginResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Complete(done, password)) { IsBackground = true, Name = "toss login" };
        thread.Start();
        return await done.Task;
    }

    private static void Complete(TaskCompletionSource<LoginResult> done, ReadOnlyMemory<byte> password)
    {
        try
        {
            done.SetResult(Ask(Environment.UserName, password.Span));
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            done.SetResult(new(LoginStatus.Unavailable, $"{LibPam.Library} is not installed"));
        }
        catch (Exception failure)
        {
            done.SetException(failure);
        }
    }

    private static unsafe LoginResult Ask(string user, ReadOnlySpan<byte> password)
    {
        nint handle = 0;
        fixed (byte* bytes = password)
        {
            var answer = new HiddenAnswer { Bytes = bytes, Length = password.Length };
            var conversation = new LibPam.Conversation { Converse = &Converse, State = &answer };
            var status = LibPam.Start(Service, user, &conversation, &handle);
            if (status != LibPam.Success)
            {
                return new(LoginStatus.Unavailable, Describe(handle, status));
            }
            try
            {
                status = LibPam.Authenticate(handle, LibPam.Silent | LibPam.DisallowNoPassword);
                if (status == LibPam.Success)
                {
                    status = LibPam.CheckAccount(handle, LibPam.Silent | LibPam.DisallowNoPassword);
                    return status == LibPam.Success
                        ? new(LoginStatus.Passed)
                        : new(LoginStatus.Unavailable, Describe(handle, status));
                }
                return status is LibPam.WrongAnswer or LibPam.PermissionDenied or LibPam.TooManyTries
                    ? new(LoginStatus.WrongPassword)
                    : new(LoginStatus.Unavailable, Describe(handle, status));
            }
            finally
            {
                _ = LibPam.End(handle, status);
            }
        }
    }

    private static unsafe string Describe(nint handle, int status) =>
        Marshal.PtrToStringUTF8((nint)LibPam.Describe(handle, status)) ?? $"PAM status {status}";

    /// <summary>
    /// Hands the password to whatever asks for a hidden answer, in memory that PAM overwrites and frees. A question that shows
    /// its answer is none that a password answers.
    /// </summary>
    [UnmanagedCallersOnly]
    private static unsafe int Converse(int count, LibPam.Prompt** messages, LibPam.Answer** responses, void* state)
    {
        if (count <= 0)
        {
            return LibPam.ConversationFailed;
        }
        var answer = (HiddenAnswer*)state;
        for (var i = 0; i < count; i++)
        {
            if (messages[i]->Style is not (LibPam.PromptHidden or LibPam.ErrorText or LibPam.InformationText))
            {
                return LibPam.ConversationFailed;
            }
        }
        // The C library's memory: PAM gives it back to that.
        var given = (LibPam.Answer*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(LibPam.Answer));
        for (var i = 0; i < count; i++)
        {
            if (messages[i]->Style == LibPam.PromptHidden)
            {
                given[i].Text = (byte*)NativeMemory.AllocZeroed((nuint)answer->Length + 1);
                new ReadOnlySpan<byte>(answer->Bytes, answer->Length).CopyTo(new(given[i].Text, answer->Length));
            }
        }
        *responses = given;
        return LibPam.Success;
    }

    private unsafe struct HiddenAnswer
    {
        public byte* Bytes;
        public int Length;
    }
}
