using System.Text;
using System.Text.Json;
using Xunit;

namespace Toss.Testing.Programs;

/// <summary>What a command left behind: its exit code and all it wrote.</summary>
public sealed record ProgramResult(string Command, int ExitCode, byte[] Bytes, string Errors)
{
    public string Output => Encoding.UTF8.GetString(Bytes);

    /// <summary>Fails the test with everything it said if it ended with another code.</summary>
    public ProgramResult Exits(int code)
    {
        Assert.True(ExitCode == code, $"exit {ExitCode} instead of {code}: {this}");
        return this;
    }

    /// <summary>The one JSON value on its standard output.</summary>
    public JsonElement Json() => Parse(Output);

    /// <summary>The lines of its standard output, one JSON value each.</summary>
    public JsonElement[] JsonLines() => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    /// <summary>The `error` of the one JSON value on its standard error.</summary>
    public JsonElement JsonError() => Parse(Errors).GetProperty("error");

    public override string ToString() =>
        $"`toss {Command}` wrote {Short(Output)} and on standard error: {Short(Errors)}";

    private JsonElement Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"not JSON: {this}");
        }
    }

    private static string Short(string text) => text.Length <= 1000 ? text : text[..1000] + "…";
}
