using System.Text;

namespace Toss.Cli.Commands.Completion;

/// <summary>For bash 4 and later, with no other package. Zsh takes it too, by its bashcompinit.</summary>
internal static class BashCompletion
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var script = new StringBuilder();
        script.Append(
            """
            # bash completion for toss, made by `toss completions bash`
            _toss() {
              local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} place= words= i
              for ((i = 1; i < COMP_CWORD; i++)); do
                case "$place ${COMP_WORDS[i]}" in

            """
        );
        script.Append(
            $"      {string.Join(" | ", places.Where(place => place.Path.Length > 0).Select(place => $"' {place.Path}'"))}) place=\"$place ${{COMP_WORDS[i]}}\" ;;\n"
        );
        script.Append(
            """
                esac
              done
              COMPREPLY=()
              case "$place $prev" in

            """
        );
        foreach (var place in places)
        {
            foreach (var option in place.Options.Where(option => option.TakesValue))
            {
                var patterns = string.Join(" | ", option.Names.Select(name => $"'{Before(place)}{name}'"));
                script.Append($"    {patterns}) {Values(option)} ;;\n");
            }
        }
        script.Append("  esac\n  case \"$place\" in\n");
        foreach (var place in places)
        {
            var words = place
                .Commands.Select(one => one.Word)
                .Concat(place.Values)
                .Concat(place.Options.SelectMany(option => option.Names));
            script.Append($"    '{Before(place).TrimEnd()}') words='{string.Join(' ', words)}' ;;\n");
        }
        script.Append(
            """
              esac
              COMPREPLY=($(compgen -W "$words" -- "$cur"))
            }
            complete -F _toss toss

            """
        );
        return script.ToString();
    }

    /// <summary>As the loop of the script writes it: a space before each command, and one after.</summary>
    private static string Before(CompletionPlace place) => place.Path.Length > 0 ? $" {place.Path} " : " ";

    private static string Values(CompletionOption option) =>
        option.TakesFile ? "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return"
        : option.Values.Count > 0 ? $"COMPREPLY=($(compgen -W '{string.Join(' ', option.Values)}' -- \"$cur\")); return"
        : "return";
}
