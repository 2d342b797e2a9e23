using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Testing.Platform;

/// <summary>A user of this machine with a password, made for a test and gone with it. Needs root.</summary>
public sealed class LoginUser : IAsyncDisposable
{
    private static int _made;

    private LoginUser(string name) => Name = name;

    public string Name { get; }

    public static async Task<LoginUser> CreateAsync(string password)
    {
        var number = Interlocked.Increment(ref _made);
        var user = new LoginUser(string.Create(CultureInfo.InvariantCulture, $"toss-{Environment.ProcessId}-{number}"));
        await RunAsync(null, "useradd", "--no-create-home", "--user-group", user.Name);
        await RunAsync($"{user.Name}:{password}\n", "chpasswd");
        return user;
    }

    /// <summary>The same programs, run by this user.</summary>
    public BuiltPrograms Run(BuiltPrograms programs)
    {
        string[] becoming = ["setpriv", $"--reuid={Name}", $"--regid={Name}", "--init-groups"];
        return new([.. becoming, .. programs.Toss], [.. becoming, .. programs.Relay]);
    }

    /// <summary>Makes this user the owner of a folder and what is in it.</summary>
    public Task OwnAsync(string folder) => RunAsync(null, "chown", "-R", $"{Name}:{Name}", folder);

    public async ValueTask DisposeAsync() => await RunAsync(null, "userdel", "--force", Name);

    private static async Task RunAsync(string? input, string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true }
        )!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        await Watchdog.Within(process.WaitForExitAsync(), $"{program} to end");
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await errors}");
    }
}
