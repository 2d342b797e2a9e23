using System.Net;
using Toss.Relay.Hosting;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class RelayCommandLineTests
{
    [Fact]
    public void Without_options_it_listens_on_loopback()
    {
        Assert.True(RelayCommandLine.TryParse([], "here", out var options, out _));
        Assert.Equal((new IPEndPoint(IPAddress.Loopback, 8787), "here"), (options.Listen, options.Data));
    }

    [Fact]
    public void Options_take_their_value_beside_them_or_after_an_equals_sign()
    {
        string[] arguments =
        [
            "--listen=[::]:0",
            "--data",
            "d",
            "--cert",
            "c",
            "--key=k",
            "--token-file",
            "t",
            "--verbose",
        ];
        Assert.True(RelayCommandLine.TryParse(arguments, "here", out var options, out _));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 0), options.Listen);
        Assert.Equal(("d", "c", "k", "t"), (options.Data, options.Certificate, options.Key, options.TokenFile));
        Assert.True(options.Verbose);
    }

    [Theory]
    [InlineData("127.0.0.1:8787")] // as --listen
    [InlineData("10.0.0.1:80", "--listen", "10.0.0.1:80")]
    [InlineData("0.0.0.0:3478", "--udp", "0.0.0.0:3478")]
    [InlineData(null, "--udp=off")]
    public void STUN_is_answered_where_it_says(string? expected, params string[] arguments)
    {
        Assert.True(RelayCommandLine.TryParse(arguments, "here", out var options, out _));
        Assert.Equal(expected, options.Udp?.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(true, "--circuits", "on")]
    [InlineData(false, "--circuits=off")]
    public void Circuits_are_passed_on_unless_it_says_off(bool expected, params string[] arguments)
    {
        Assert.True(RelayCommandLine.TryParse(arguments, "here", out var options, out _));
        Assert.Equal(expected, options.Circuits);
    }

    [Theory]
    [InlineData("--circuits", "maybe")]
    [InlineData("--udp", "3478")]
    [InlineData("--listen")]
    [InlineData("--listen", "127.0.0.1")]
    [InlineData("--listen", "relay.example.org:80")]
    [InlineData("--data=")]
    [InlineData("--cert", "c")]
    [InlineData("--key", "k")]
    [InlineData("--quota", "1")]
    [InlineData("stray")]
    public void What_is_wrong_has_a_problem(params string[] arguments)
    {
        Assert.False(RelayCommandLine.TryParse(arguments, "here", out _, out var problem));
        Assert.False(string.IsNullOrEmpty(problem));
    }
}
