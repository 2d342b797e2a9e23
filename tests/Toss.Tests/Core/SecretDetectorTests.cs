using Toss.Core.Sync;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class SecretDetectorTests
{
    [Theory]
    [InlineData("493021")]
    [InlineData(" 493 021\r\n")]
    [InlineData("493-021")]
    [InlineData("Your verification code is 493021. It is valid for ten minutes.")]
    [InlineData("G-493021 is your Google verification code")]
    [InlineData("Ihre TAN lautet 493021")]
    [InlineData("4111 1111 1111 1111")]
    [InlineData("5500-0055-5555-5559")]
    [InlineData("371449635398431")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n")]
    [InlineData("AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQY")]
    public void Secrets_are_told(string text) => Assert.True(SecretDetector.IsSecret([Text(text)]));

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12 34 56")]
    [InlineData("2026-11-30")]
    [InlineData("call me at 030 1234567")]
    [InlineData("4111 1111 1111 1112")]
    [InlineData("123456789012345678901234")]
    [InlineData("+49 170 1234567")]
    [InlineData("see the code in src/Main.cs, line 120")]
    [InlineData("error code 4 of 2026 in 1980")]
    [InlineData("-----BEGIN PUBLIC KEY-----")]
    [InlineData("hunter2")]
    [InlineData("The meeting on 2025-11-30 is important")]
    [InlineData("Standard plan: 1200 EUR")]
    [InlineData("see code 2024")]
    [InlineData("The code of order 20251130-4 is in ticket 493021")]
    public void What_may_be_anything_is_not(string text) => Assert.False(SecretDetector.IsSecret([Text(text)]));

    [Fact]
    public void A_picture_is_not() => Assert.False(SecretDetector.IsSecret([Bytes("image/png", 100)]));
}
