using Toss.Platform;
using Toss.Platform.Hosting;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class HostingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_holder_at_a_time_and_the_other_learns_who()
    {
        Assert.True(InstanceLock.TryTake(_folder["state"], out var first, out _));
        Assert.False(InstanceLock.TryTake(_folder["state"], out var second, out var holder));
        Assert.Null(second);
        Assert.Equal(Environment.ProcessId, holder);
        first!.Dispose();
        Assert.True(InstanceLock.TryTake(_folder["state"], out var third, out _));
        third!.Dispose();
    }

    [Fact]
    public void Two_homes_do_not_disturb_each_other()
    {
        Assert.True(InstanceLock.TryTake(_folder["one"], out var one, out _));
        Assert.True(InstanceLock.TryTake(_folder["two"], out var two, out _));
        one!.Dispose();
        two!.Dispose();
    }

    [Fact]
    public void A_pid_file_that_holds_anything_else_is_no_pid()
    {
        Assert.True(InstanceLock.TryTake(_folder["state"], out var held, out _));
        File.WriteAllText(Path.Combine(_folder["state"], "agent.pid"), new string('9', 100_000));
        Assert.False(InstanceLock.TryTake(_folder["state"], out _, out var holder));
        Assert.Null(holder);
        held!.Dispose();
    }

    [Fact]
    public void A_folder_is_made_for_the_owner_only()
    {
        OwnerOnly.EnsureFolder(_folder["a/b"]);
        Assert.Equal(OwnerOnly.FolderMode, File.GetUnixFileMode(_folder["a/b"]));
    }

    [Fact]
    public void An_open_folder_of_ours_is_closed()
    {
        Directory.CreateDirectory(_folder["open"], OwnerOnly.FolderMode | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_folder["open"], OwnerOnly.FolderMode | UnixFileMode.OtherWrite);
        OwnerOnly.EnsureFolder(_folder["open"]);
        Assert.Equal(OwnerOnly.FolderMode, File.GetUnixFileMode(_folder["open"]));
    }

    [Fact]
    public void A_link_to_a_folder_is_refused()
    {
        Directory.CreateDirectory(_folder["real"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["real"]);
        var failure = Assert.Throws<PlatformException>(() => OwnerOnly.EnsureFolder(_folder["link"]));
        Assert.Equal(PlatformFailure.UnsafeFolder, failure.Failure);
    }

    [Fact]
    public void A_file_where_a_folder_should_be_is_refused()
    {
        File.WriteAllText(_folder["file"], "");
        var failure = Assert.Throws<PlatformException>(() => OwnerOnly.EnsureFolder(_folder["file"]));
        Assert.Equal(PlatformFailure.FileSystem, failure.Failure);
    }

    [Fact]
    public void Replacing_keeps_the_old_file_until_the_new_one_is_whole()
    {
        DurableFile.Replace(_folder["f"], "old"u8);
        // A folder where the new file would go: the write fails, the old content stands.
        Directory.CreateDirectory(_folder["f.new"]);
        Assert.ThrowsAny<Exception>(() => DurableFile.Replace(_folder["f"], "new"u8));
        Assert.Equal("old", File.ReadAllText(_folder["f"]));
    }
}
