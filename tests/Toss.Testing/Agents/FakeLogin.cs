using System.Text;
using Toss.Core.Ports;

namespace Toss.Testing.Agents;

/// <summary>A user whose password a test knows.</summary>
public sealed class FakeLogin : IUserLogin
{
    public string Password { get; set; } = "open sesame";

    /// <summary>What is said instead of an answer, if anything.</summary>
    public LoginResult? Says { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    /// <summary>Runs before an answer: what happens while somebody waits for it.</summary>
    public Func<Task>? WhileAsked { get; set; }

    public async ValueTask<LoginResult> CheckAsync(ReadOnlyMemory<byte> password)
    {
        Asked++;
        if (WhileAsked is { } happens)
        {
            await happens();
        }
        return Says
            ?? new(
                password.Span.SequenceEqual(Encoding.UTF8.GetBytes(Password))
                    ? LoginStatus.Passed
                    : LoginStatus.WrongPassword
            );
    }
}
