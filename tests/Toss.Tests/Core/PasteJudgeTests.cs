using Toss.Core.Sync;
using Xunit;

namespace Toss.Tests.Core;

public sealed class PasteJudgeTests
{
    private readonly PasteJudge _judge = new();

    public PasteJudgeTests() => _judge.Announced(At(1000));

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1099, false)]
    [InlineData(1100, true)]
    [InlineData(60_000, true)]
    public void Nobody_pastes_in_the_first_tenth_of_a_second(int at, bool isPaste) =>
        Assert.Equal(isPaste, _judge.IsPaste(1, "editor", At(at)));

    [Fact]
    public void Who_asks_at_once_and_goes_on_without_a_pause_reads_for_nobody()
    {
        for (var at = 1000; at < 5000; at += 99)
        {
            Assert.False(_judge.IsPaste(1, "reads-all", At(at)));
        }
    }

    [Fact]
    public void After_a_pause_a_person_may_paste_there_and_does_so_in_one_go()
    {
        Assert.False(_judge.IsPaste(1, "editor", At(1010)));
        Assert.True(_judge.IsPaste(1, "editor", At(1110)));
        // What belongs to that paste is asked for right after it.
        Assert.True(_judge.IsPaste(1, "editor", At(1111)));
    }

    [Fact]
    public void Another_program_is_judged_by_itself()
    {
        Assert.False(_judge.IsPaste(1, "reads-all", At(1090)));
        Assert.True(_judge.IsPaste(2, "editor", At(1120)));
        Assert.False(_judge.IsPaste(1, "reads-all", At(1150)));
    }

    [Theory]
    [InlineData("copyq")]
    [InlineData("CopyQ")]
    [InlineData("gpaste-daemon")]
    [InlineData("Ditto.exe")]
    [InlineData("svchost.EXE")]
    public void A_clipboard_manager_never_pastes(string program) =>
        Assert.False(_judge.IsPaste(1, program, At(100_000)));

    [Fact]
    public void New_content_begins_anew()
    {
        Assert.True(_judge.IsPaste(1, null, At(2000)));
        _judge.Announced(At(2500));
        Assert.False(_judge.IsPaste(1, null, At(2501)));
    }

    /// <summary>A crowd of programs costs bounded memory, and none of it what a person pastes later.</summary>
    [Fact]
    public void A_crowd_is_not_remembered_for_ever()
    {
        for (var reader = 1; reader <= 10_000; reader++)
        {
            Assert.False(_judge.IsPaste(reader, null, At(1050)));
        }
        Assert.True(_judge.IsPaste(10_000, null, At(1151)));
    }

    private static TimeSpan At(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
