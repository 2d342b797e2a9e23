namespace Toss.Control;

/// <summary>A request the agent understood and did not do. The message is for people; the hint says what to do next.</summary>
public sealed class ControlException(string code, string message, string? hint = null) : Exception(message)
{
    /// <summary>One of <see cref="ControlErrors"/>.</summary>
    public string Code { get; } = code;

    public string? Hint { get; } = hint;
}
