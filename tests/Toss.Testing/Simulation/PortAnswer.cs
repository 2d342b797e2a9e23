namespace Toss.Testing.Simulation;

/// <summary>Answers of ports, as <see cref="Interposed{T}"/> sees them: everything in a world answers at once.</summary>
public static class PortAnswer
{
    public static object Of<T>(T answer) => new ValueTask<T>(answer);

    /// <summary>What the real port answered.</summary>
    public static T Read<T>(object? answer) => Now((ValueTask<T>)answer!);

    public static T Now<T>(ValueTask<T> answer) =>
        answer.IsCompletedSuccessfully
            ? answer.Result
            : throw new InvalidOperationException("A port of the simulated world did not answer at once.");
}
