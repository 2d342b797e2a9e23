namespace Toss.Control;

/// <summary>A failure as it is written: over the socket, to stderr with `--json`, into the file of a failed start.</summary>
/// <param name="Code">One of <see cref="ControlErrors"/>.</param>
public sealed record ControlError(string Code, string Message, string? Hint)
{
    public static ControlError Of(ControlException exception) => new(exception.Code, exception.Message, exception.Hint);

    public ControlException ToException() => new(Code, Message, Hint);
}

/// <summary>`{ "error": { code, message, hint } }`.</summary>
public sealed record ControlFailure(ControlError Error);
