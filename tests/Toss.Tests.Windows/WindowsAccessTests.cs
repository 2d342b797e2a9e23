using System.Security.AccessControl;
using System.Security.Principal;
using Toss.Platform;
using Toss.Platform.Hosting;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Windows;

/// <summary>Access lists, as far as Wine has them: it makes modes of them and reads them back.</summary>
public sealed class WindowsAccessTests : IDisposable
{
    private static readonly SecurityIdentifier everyone = new(WellKnownSidType.WorldSid, null);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_we_make_is_closed()
    {
        OwnerOnly.EnsureFolder(_folder["closed"]);
        OwnerOnly.EnsureFolder(_folder["closed"]);
        DurableFile.Replace(_folder["closed/file"], "x"u8);
        DurableFile.Replace(_folder["closed/file"], "y"u8);
        Assert.Null(OwnerOnly.FileProblem(_folder["closed/file"]));
        Assert.Equal("y", File.ReadAllText(_folder["closed/file"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder["closed"]));
    }

    [Fact]
    public void A_folder_that_is_open_is_closed_and_a_file_is_refused_with_the_cure()
    {
        // Below a closed one: Wine lets a folder have what the one above it has, whatever it was told.
        OwnerOnly.EnsureFolder(_folder["above"]);
        OwnerOnly.EnsureFolder(_folder["above/open"]);
        DurableFile.Replace(_folder["above/open/file"], "x"u8);
        var folder = new DirectoryInfo(_folder["above/open"]);
        var list = folder.GetAccessControl();
        list.AddAccessRule(new(everyone, FileSystemRights.ReadAndExecute, AccessControlType.Allow));
        folder.SetAccessControl(list);
        var file = new FileInfo(_folder["above/open/file"]);
        var fileList = file.GetAccessControl();
        fileList.AddAccessRule(new(everyone, FileSystemRights.Read, AccessControlType.Allow));
        file.SetAccessControl(fileList);

        Assert.Contains("icacls", OwnerOnly.FileProblem(file.FullName), StringComparison.Ordinal);
        OwnerOnly.EnsureFolder(folder.FullName);
        Assert.DoesNotContain(
            everyone,
            folder
                .GetAccessControl()
                .GetAccessRules(true, true, typeof(SecurityIdentifier))
                .Cast<FileSystemAccessRule>()
                .Select(rule => rule.IdentityReference)
        );
    }

    [Fact]
    public void A_file_is_no_folder_and_a_folder_is_no_file()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.ThrowsAny<PlatformException>(() => OwnerOnly.EnsureFolder(_folder["file"]));
        Assert.Contains("not a plain file", OwnerOnly.FileProblem(_folder.Path), StringComparison.Ordinal);
        Assert.Contains("cannot be examined", OwnerOnly.FileProblem(_folder["nothing"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_has_one_agent()
    {
        Assert.True(InstanceLock.TryTake(_folder["home"], out var held, out _));
        Assert.False(InstanceLock.TryTake(_folder["home"], out _, out var holder));
        Assert.Equal(Environment.ProcessId, holder);
        held!.Dispose();
        Assert.True(InstanceLock.TryTake(_folder["home"], out held, out _));
        held!.Dispose();
    }

    public void Dispose() => _folder.Dispose();
}
