using System.Text;

namespace Toss.Cli.Commands.Completion;

/// <summary>For fish: a file `toss.fish` in its folder of completions.</summary>
internal static class FishCompletion
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var script = new StringBuilder();
        script.Append(
            """
            # fish completion for toss, made by `toss completions fish`
            function __toss_at
                # Whether the commands given so far are exactly these.
                set -l place ''
                for word in (commandline -opc)[2..]
                    switch "$place $word"

            """
        );
        script.Append(
            $"            case {string.Join(' ', places.Where(place => place.Path.Length > 0).Select(place => $"' {place.Path}'"))}\n"
        );
        script.Append(
            """
                            set place "$place $word"
                    end
                end
                test "$place" = "$argv[1]"
            end
            complete -c toss -f

            """
        );
        foreach (var place in places)
        {
            var at = $"complete -c toss -n \"__toss_at '{(place.Path.Length > 0 ? $" {place.Path}" : "")}'\"";
            foreach (var word in place.Commands)
            {
                script.Append($"{at} -a {word.Word} -d {Quoted(word.Description)}\n");
            }
            foreach (var value in place.Values)
            {
                script.Append($"{at} -a {value}\n");
            }
            foreach (var option in place.Options)
            {
                var names = string.Concat(
                    option.Names.Select(name => name.StartsWith("--") ? $" -l {name[2..]}" : $" -s {name[1..]}")
                );
                script.Append($"{at}{names}{Values(option)} -d {Quoted(option.Description)}\n");
            }
        }
        return script.ToString();
    }

    private static string Values(CompletionOption option) =>
        !option.TakesValue ? ""
        : option.TakesFile ? " -r -F"
        : option.Values.Count > 0 ? $" -x -a '{string.Join(' ', option.Values)}'"
        : " -x";

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\").Replace("'", "\\'")}'";
}
