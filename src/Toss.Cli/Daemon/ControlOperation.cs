using System.Text.Json.Serialization.Metadata;

namespace Toss.Cli.Daemon;

/// <summary>What one request of the control API takes and gives: the reference in docs/api is made of these.</summary>
/// <param name="Summary">One sentence.</param>
internal sealed record ControlOperation(string Method, string Path, string Summary)
{
    /// <summary>A JSON body; null if there is none.</summary>
    public JsonTypeInfo? Request { get; init; }

    /// <summary>A body that is no JSON.</summary>
    public string? RequestMediaType { get; init; }

    /// <summary>JSON, or what each line or event of a stream is; null if nothing is answered.</summary>
    public JsonTypeInfo? Answer { get; init; }

    /// <summary>An answer that is no single JSON value.</summary>
    public string? AnswerMediaType { get; init; }

    /// <summary>Headers it reads, each with what it says.</summary>
    public IReadOnlyList<(string Name, string Description, bool Required)> Headers { get; init; } = [];

    /// <summary>There may be nothing to answer: 204.</summary>
    public bool MayBeEmpty { get; init; }
}
