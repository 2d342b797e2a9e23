namespace Toss.Cli.Daemon;

internal static partial class DaemonHostLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Notice}")]
    public static partial void ClipboardNotice(ILogger log, string notice);
}
