using System.Security.Cryptography;
using System.Text;
using Toss.Platform.Hosting.Windows;
using Toss.Platform.Native;

namespace Toss.Platform.Hosting;

/// <summary>
/// Where an instance of Toss keeps things. <c>TOSS_HOME</c> puts everything below one folder and makes an instance of its
/// own (tests, a second identity); otherwise the XDG base directories hold. Nothing is created here.
/// </summary>
public sealed record TossFolders(string Instance, string Config, string Data, string State, string Runtime)
{
    /// <summary>sun_path has 108 bytes with its closing zero on Linux (unix(7)), 104 on macOS (unix(4)).</summary>
    public static int SocketPathLimit => OperatingSystem.IsMacOS() ? 103 : 107;

    private const string SocketName = "control.sock";

    /// <summary>
    /// The control socket; on Windows a named pipe. Every caller with the same environment gets the same answer. Its folder must pass
    /// <see cref="OwnerOnly.EnsureFolder"/> before it is used, by the one who listens and by the one who connects: the
    /// last resort lies in /tmp, where anybody can be first.
    /// </summary>
    public string ControlSocket
    {
        get => field ?? Path.Combine(Runtime, SocketName);
        init;
    }

    /// <summary>Reads the environment of this process.</summary>
    public static TossFolders FromEnvironment() =>
        OperatingSystem.IsWindows()
            ? WindowsFolders.From(
                Environment.GetEnvironmentVariable,
                WindowsAccess.User.Value,
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            )
            : From(Environment.GetEnvironmentVariable, Libc.EffectiveUser(), Directory.Exists);

    /// <summary>The rule itself: variables, user id, and which folders exist are given.</summary>
    public static TossFolders From(Func<string, string?> variable, uint user, Func<string, bool> folderExists)
    {
        var home = Absolute(variable("HOME")) ?? "/";
        if (variable("TOSS_HOME") is { Length: > 0 } chosen)
        {
            var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(chosen));
            return new(
                root,
                Path.Combine(root, "config"),
                Path.Combine(root, "data"),
                Path.Combine(root, "state"),
                // Not below XDG_RUNTIME_DIR: a cron job or an ssh session without it must find the same socket.
                Short(Path.Combine(root, "run"), root, variable, user, folderExists)
            );
        }
        string Xdg(string name, string fallback) =>
            Path.Combine(Absolute(variable(name)) ?? Path.Combine(home, fallback), "toss");
        var state = Xdg("XDG_STATE_HOME", ".local/state");
        return new(
            "default",
            Xdg("XDG_CONFIG_HOME", ".config"),
            Xdg("XDG_DATA_HOME", ".local/share"),
            state,
            RuntimeRoot(variable, user, folderExists) is { } runtime
                ? Short(Path.Combine(runtime, "toss"), state, variable, user, folderExists)
                : Temporary(state, user)
        );
    }

    /// <summary>Makes every folder, each owner-only. Throws <see cref="PlatformException"/> if one cannot be made safe.</summary>
    public void Create()
    {
        foreach (var folder in (ReadOnlySpan<string>)[Config, Data, State, Runtime])
        {
            OwnerOnly.EnsureFolder(folder);
        }
    }

    /// <summary>XDG Base Directory Specification: relative paths are invalid and to be ignored.</summary>
    private static string? Absolute(string? path) => path is { Length: > 0 } && Path.IsPathRooted(path) ? path : null;

    private static string? RuntimeRoot(Func<string, string?> variable, uint user, Func<string, bool> folderExists)
    {
        if (Absolute(variable("XDG_RUNTIME_DIR")) is { } given)
        {
            return given;
        }
        // What pam_systemd makes: a cron job has no XDG_RUNTIME_DIR, yet must meet the agent of the same user.
        var usual = $"/run/user/{user}";
        return folderExists(usual) ? usual : null;
    }

    /// <summary>The folder if a socket in it fits, else a short one named by a hash of <paramref name="identity"/>.</summary>
    private static string Short(
        string folder,
        string identity,
        Func<string, string?> variable,
        uint user,
        Func<string, bool> folderExists
    )
    {
        if (Fits(folder))
        {
            return folder;
        }
        var hashed = RuntimeRoot(variable, user, folderExists) is { } runtime
            ? Path.Combine(runtime, $"toss-{Hash(identity)}")
            : null;
        return hashed is not null && Fits(hashed) ? hashed : Temporary(identity, user);
    }

    private static bool Fits(string folder) =>
        Encoding.UTF8.GetByteCount(Path.Combine(folder, SocketName)) <= SocketPathLimit;

    private static string Temporary(string identity, uint user) => $"/tmp/toss-{user}-{Hash(identity)}";

    /// <summary>48 bits: enough that one user's instances do not meet; safety comes from the folder's owner, not from this.</summary>
    private static string Hash(string identity) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..12];
}
