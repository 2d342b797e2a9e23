using System.Text;

namespace Toss.Platform.Hosting.Windows;

/// <summary>Arguments as one line, as the C runtime of the program that is started takes them apart again.</summary>
internal static class WindowsCommandLine
{
    public static string Of(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quoted));

    /// <summary>
    /// Backslashes count only before a quotation mark: there each is doubled, and the mark gets one more
    /// (learn.microsoft.com, "Parsing C command-line arguments").
    /// </summary>
    public static string Quoted(string argument)
    {
        if (argument.Length > 0 && argument.AsSpan().IndexOfAny(" \t\n\v\"") < 0)
        {
            return argument;
        }
        var line = new StringBuilder("\"");
        var slashes = 0;
        foreach (var each in argument)
        {
            if (each == '"')
            {
                line.Append('\\', slashes + 1);
            }
            slashes = each == '\\' ? slashes + 1 : 0;
            line.Append(each);
        }
        return line.Append('\\', slashes).Append('"').ToString();
    }

    /// <summary>Variables as CreateProcess takes them: sorted by name, each ended by a zero, and one more at the end.</summary>
    public static string Environment(IReadOnlyDictionary<string, string?> variables)
    {
        var block = new StringBuilder();
        foreach (var (name, value) in variables.OrderBy(one => one.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (value is not null)
            {
                block.Append(name).Append('=').Append(value).Append('\0');
            }
        }
        return block.Append('\0').ToString();
    }
}
