using System.Text.Json;
using Toss.Control;

namespace Toss.Cli.Commands.Output;

/// <summary>What a failed command says: on stderr, for people a sentence and the next step, for scripts one JSON object.</summary>
internal static class Failure
{
    /// <summary>The exit code.</summary>
    public static int Write(CommandHost host, bool json, ControlError error)
    {
        if (json)
        {
            host.Error.WriteLine(
                JsonSerializer.Serialize(new ControlFailure(error), ControlJson.Default.ControlFailure)
            );
        }
        else
        {
            host.Error.WriteLine($"toss: {SafeText.Of(error.Message)}");
            if (error.Hint is { Length: > 0 } hint)
            {
                host.Error.WriteLine($"      {SafeText.Of(hint)}");
            }
        }
        return ExitCodes.Of(error.Code);
    }
}
