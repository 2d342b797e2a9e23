using Toss.Agent.Examination;
using Toss.Control;
using Toss.Tests.Platform.MacOs;
using Xunit;

namespace Toss.Tests.Agent.Examination;

public sealed class ClipboardCheckTests
{
    [Fact]
    public async Task A_clipboard_that_can_be_read_works()
    {
        await using var desktop = await MacDesktop.StartAsync();
        var check = await ClipboardCheck.OfAsync(desktop.Clipboard, TimeProvider.System, CancellationToken.None);
        Assert.Equal((DoctorCheck.Ok, "works"), (check.State, check.Code));
    }

    /// <summary>Its adapter gives up before the doctor does.</summary>
    [Fact]
    public async Task A_program_that_hands_out_nothing_is_told_apart_from_a_clipboard_that_works()
    {
        await using var desktop = await MacDesktop.StartAsync(
            MacDesktop.Eager with
            {
                Owner = TimeSpan.FromMilliseconds(50),
            }
        );
        using var never = new ManualResetEventSlim();
        desktop.Pasteboard.Empty();
        desktop.Pasteboard.Promise(
            "public.png",
            () =>
            {
                never.Wait();
                return null;
            }
        );
        var check = await ClipboardCheck.OfAsync(desktop.Clipboard, TimeProvider.System, CancellationToken.None);
        Assert.Equal((DoctorCheck.Warning, "owner-silent"), (check.State, check.Code));
        never.Set();
    }

    [Fact]
    public async Task A_clipboard_that_can_never_serve_is_a_problem_with_its_reason()
    {
        await using var desktop = await MacDesktop.StartAsync();
        var check = ClipboardCheck.Unusable(desktop.Clipboard, "this session has none");
        Assert.Equal((DoctorCheck.Problem, "unusable"), (check.State, check.Code));
        Assert.Equal("macos: this session has none", check.Message);
    }
}
