namespace Toss.Cli.Commands.Output;

/// <summary>One line on stderr that is written over; only where somebody sees it.</summary>
internal sealed class ChangingLine(CommandHost host, bool isShown)
{
    private string _shown = "";

    /// <summary>Empty: it is gone, and others may write.</summary>
    public void Show(string line)
    {
        if (!isShown || !host.ErrorIsTerminal || line == _shown)
        {
            return;
        }
        var text = SafeText.Of(line);
        text = text.Length < host.Width ? text : text[..Math.Max(0, host.Width - 1)];
        host.Error.Write(
            "\r" + text.PadRight(Math.Min(_shown.Length, Math.Max(0, host.Width - 1))) + (line.Length == 0 ? "\r" : "")
        );
        host.Error.Flush();
        _shown = line;
    }
}
