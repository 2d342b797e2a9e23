using System.Diagnostics;
using System.Runtime.InteropServices;
using Toss.Core.Ports;
using Toss.Platform;
using Toss.Platform.Hosting;
using Toss.Platform.KeyStores;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>Other users of the machine. Run as root they are real ones; run as a user, root is the other one.</summary>
public sealed class KeyFilePermissionTests : IDisposable
{
    private const string Nobody = "65534";

    private static readonly bool IsRoot = Environment.UserName == "root";

    private readonly TemporaryFolder _folder = new();
    private readonly KeyFileKeyStore _store;

    public KeyFilePermissionTests() => _store = new(_folder["keys"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Another_user_cannot_read_the_key_even_where_the_path_is_open()
    {
        await StoreAsync();
        File.SetUnixFileMode(_folder.Path, OwnerOnly.FolderMode | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var file = Path.Combine(_folder["keys"], "device.key");
        if (IsRoot)
        {
            Assert.NotEqual(0, await AsNobodyAsync("cat", file));
            Assert.NotEqual(0, await AsNobodyAsync("ls", _folder["keys"]));
            // The same program can read what is open: it was the mode that stopped it.
            File.SetUnixFileMode(_folder["keys"], OwnerOnly.FolderMode | UnixFileMode.OtherExecute);
            Assert.NotEqual(0, await AsNobodyAsync("cat", file));
            File.SetUnixFileMode(file, OwnerOnly.FileMode | UnixFileMode.OtherRead);
            Assert.Equal(0, await AsNobodyAsync("cat", file));
        }
        else
        {
            Assert.Equal(OwnerOnly.FileMode, File.GetUnixFileMode(file));
            Assert.Equal(OwnerOnly.FolderMode, File.GetUnixFileMode(_folder["keys"]));
        }
    }

    [Fact]
    public async Task A_file_of_another_user_is_refused()
    {
        var foreign = "/etc/passwd";
        if (IsRoot)
        {
            await StoreAsync();
            foreign = Path.Combine(_folder["keys"], "device.key");
            await RunAsync("chown", Nobody, foreign);
            var load = await LoadAsync();
            Assert.Equal(KeyStoreStatus.Unavailable, load.Status);
            Assert.Null(load.Secret);
        }
        Assert.Contains("another user", OwnerOnly.FileProblem(foreign), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_another_user_is_refused()
    {
        var foreign = "/etc";
        if (IsRoot)
        {
            foreign = _folder["foreign"];
            Directory.CreateDirectory(foreign, OwnerOnly.FolderMode);
            await RunAsync("chown", Nobody, foreign);
        }
        var failure = Assert.Throws<PlatformException>(() => OwnerOnly.EnsureFolder(foreign));
        Assert.Equal(PlatformFailure.UnsafeFolder, failure.Failure);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_looked_into_is_not_a_missing_key()
    {
        await StoreAsync();
        KeyStoreLoad load;
        if (IsRoot)
        {
            // On this thread only, and the store reads on its caller's thread. Clears what root may on files, too.
            _ = SetFileSystemUser(65534);
            var loading = _store.LoadAsync("device", CancellationToken.None);
            _ = SetFileSystemUser(0);
            Assert.True(loading.IsCompleted);
            load = await loading;
        }
        else
        {
            File.SetUnixFileMode(_folder["keys"], UnixFileMode.None);
            load = await LoadAsync();
            File.SetUnixFileMode(_folder["keys"], OwnerOnly.FolderMode);
        }
        Assert.Equal(KeyStoreStatus.Unavailable, load.Status);
    }

    private async Task StoreAsync() =>
        Assert.Equal(
            KeyStoreStatus.Ok,
            await _store.StoreAsync("device", new byte[] { 1, 2, 3 }, CancellationToken.None)
        );

    private async Task<KeyStoreLoad> LoadAsync() => await _store.LoadAsync("device", CancellationToken.None);

    private static Task<int> AsNobodyAsync(string program, string path) =>
        RunAsync("setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", program, path);

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        await Watchdog.Within(
            Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()),
            $"{program} to answer"
        );
        await Watchdog.Within(process.WaitForExitAsync(), $"{program} to end");
        return process.ExitCode;
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(uint user);
}
