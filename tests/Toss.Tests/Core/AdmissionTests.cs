using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class AdmissionTests
{
    private readonly EchoFilter _echo = new();

    private AdmissionContext Context(bool paused = false, long max = Limits.CopiedContent) =>
        new(paused, _echo, new SecretRules(Share: true, Detect: true), [], max, Now, Now);

    private AdmitVerdict Decide(Snapshot snapshot, bool paused = false, long max = Limits.CopiedContent) =>
        Admission.Decide(snapshot, Context(paused, max)).Verdict;

    [Fact]
    public void A_copy_is_admitted_with_all_its_formats()
    {
        var result = Admission.Decide(
            Snapshot(Text("hello"), Bytes(MediaTypes.Html, 20), Bytes(MediaTypes.Png, 100)),
            Context()
        );

        Assert.Equal(AdmitVerdict.Admitted, result.Verdict);
        Assert.Equal(
            [MediaTypes.Text, MediaTypes.Html, MediaTypes.Png],
            result.Content!.Representations.Select(r => r.MediaType)
        );
    }

    [Fact]
    public void A_password_managers_hint_makes_a_secret_and_no_hint_a_usual_copy()
    {
        var hinted = Admission.Decide(Snapshot(Text("hunter2")) with { Concealed = true }, Context());
        Assert.Equal(Sensitivity.Secret, hinted.Content!.Sensitivity);
        Assert.Equal(Sensitivity.Normal, Admission.Decide(Snapshot(Text("hunter3")), Context()).Content!.Sensitivity);
    }

    [Fact]
    public void A_secret_stays_here_if_secrets_do_or_if_it_would_have_to_be_stored()
    {
        var secret = Snapshot(Text("hunter2")) with { Concealed = true };
        var here = Context() with { Secrets = new SecretRules(Share: false, Detect: true) };
        Assert.Equal(AdmitVerdict.Concealed, Admission.Decide(secret, here).Verdict);
        Assert.Equal(AdmitVerdict.Concealed, Admission.Decide(Snapshot(Text("123 456")), here).Verdict);
        var large = Snapshot(Text("x"), Bytes(MediaTypes.Png, Limits.InlineContent)) with { Concealed = true };
        Assert.Equal(AdmitVerdict.Concealed, Decide(large));
    }

    [Fact]
    public void What_looks_like_a_secret_is_one_unless_that_is_turned_off()
    {
        var code = Snapshot(Text("123456"));
        Assert.Equal(Sensitivity.Secret, Admission.Decide(code, Context()).Content!.Sensitivity);
        var off = Context() with { Secrets = new SecretRules(Share: true, Detect: false) };
        Assert.Equal(Sensitivity.Normal, Admission.Decide(code, off).Content!.Sensitivity);
    }

    [Theory]
    [InlineData("keepassxc", AdmitVerdict.Excluded)]
    [InlineData("KeePass.exe", AdmitVerdict.Excluded)]
    [InlineData("a-program-with-", AdmitVerdict.Excluded)]
    [InlineData("keepassx", AdmitVerdict.Admitted)]
    [InlineData(null, AdmitVerdict.Admitted)]
    public void What_an_excluded_program_copies_stays_here(string? source, AdmitVerdict verdict)
    {
        var context = Context() with { Excluded = ["KeePassXC", "keepass", "a-program-with-a-long-name"] };
        Assert.Equal(verdict, Admission.Decide(Snapshot(Text("x")) with { Source = source }, context).Verdict);
    }

    [Fact]
    public void Nothing_is_admitted_while_paused() =>
        Assert.Equal(AdmitVerdict.Paused, Decide(Snapshot(Text("x")), paused: true));

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    [InlineData("\0")]
    public void Blank_text_is_no_copy(string text) => Assert.Equal(AdmitVerdict.Empty, Decide(Snapshot(Text(text))));

    [Theory]
    [InlineData("image/größe")]
    [InlineData("")]
    [InlineData("text/\n")]
    public void A_type_that_receivers_would_refuse_is_left_out_and_the_rest_goes(string type)
    {
        var result = Admission.Decide(Snapshot(Text("caption"), Bytes(type, 10)), Context());

        Assert.Equal([MediaTypes.Text], result.Content!.Representations.Select(r => r.MediaType));
    }

    [Fact]
    public void Blank_text_beside_a_picture_is_a_copy() =>
        Assert.Equal(AdmitVerdict.Admitted, Decide(Snapshot(Text(" "), Bytes(MediaTypes.Png, 10))));

    [Fact]
    public void What_is_too_large_is_left_out_and_the_rest_goes()
    {
        var result = Admission.Decide(Snapshot(Text("small"), Bytes(MediaTypes.Png, 1001)), Context(max: 1000));

        Assert.Equal([MediaTypes.Text], result.Content!.Representations.Select(r => r.MediaType));
        Assert.Equal(AdmitVerdict.TooLarge, Decide(Snapshot(Bytes(MediaTypes.Png, 1001)), max: 1000));
    }

    [Fact]
    public void What_the_adapter_left_out_as_too_large_is_said_to_be_too_large()
    {
        var snapshot = Snapshot() with { Omitted = [new OmittedFormat(MediaTypes.Png, OmittedReason.TooLarge)] };

        Assert.Equal(AdmitVerdict.TooLarge, Decide(snapshot));
    }

    [Fact]
    public void What_we_wrote_is_an_echo_for_ten_seconds()
    {
        _echo.Remember(Id(1), Content(Text("three")), Now - EchoFilter.Memory - TimeSpan.FromMilliseconds(1));
        _echo.Remember(Id(2), Content(Text("one\ntwo")), Now - EchoFilter.Memory);

        Assert.Equal(AdmitVerdict.Echo, Decide(Snapshot(Text("one\r\ntwo\0"))));
        Assert.Equal(AdmitVerdict.Admitted, Decide(Snapshot(Text("three"))));
    }

    [Fact]
    public void All_writes_of_ten_seconds_are_remembered_not_only_the_last()
    {
        for (var i = 0; i < 50; i++)
        {
            _echo.Remember(Id(i), Content(Text($"text {i}")), Now);
        }

        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(AdmitVerdict.Echo, Decide(Snapshot(Text($"text {i}")))));
    }

    [Fact]
    public void The_same_text_with_another_picture_is_a_copy()
    {
        _echo.Remember(Id(1), Content(Text("caption"), Bytes(MediaTypes.Png, 10)), Now);

        Assert.Equal(AdmitVerdict.Echo, Decide(Snapshot(Text("caption"))));
        Assert.Equal(AdmitVerdict.Admitted, Decide(Snapshot(Text("caption"), Bytes(MediaTypes.Png, 11))));
    }
}
