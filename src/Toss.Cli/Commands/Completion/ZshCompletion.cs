using System.Text;

namespace Toss.Cli.Commands.Completion;

/// <summary>For zsh's own completion system: a file `_toss` in fpath, or sourced after compinit.</summary>
internal static class ZshCompletion
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var script = new StringBuilder();
        script.Append(
            """
            #compdef toss
            # zsh completion for toss, made by `toss completions zsh`
            _toss() {
              local place= prev=${words[CURRENT-1]} i
              local -a found
              for ((i = 2; i < CURRENT; i++)); do
                case "$place ${words[i]}" in

            """
        );
        script.Append(
            $"      {string.Join(" | ", places.Where(place => place.Path.Length > 0).Select(place => $"(' {place.Path}')"))}) place=\"$place ${{words[i]}}\" ;;\n"
        );
        script.Append("    esac\n  done\n  case \"$place $prev\" in\n");
        foreach (var place in places)
        {
            foreach (var option in place.Options.Where(option => option.TakesValue))
            {
                var patterns = string.Join(" | ", option.Names.Select(name => $"('{Before(place)}{name}')"));
                script.Append($"    {patterns}) {Values(option)} ;;\n");
            }
        }
        script.Append("  esac\n  case \"$place\" in\n");
        foreach (var place in places)
        {
            script.Append($"    ('{Before(place).TrimEnd()}') found=(\n");
            foreach (var word in place.Commands)
            {
                script.Append($"      {Quoted(word.Word, word.Description)}\n");
            }
            foreach (var value in place.Values)
            {
                script.Append($"      {Quoted(value, "")}\n");
            }
            foreach (var option in place.Options)
            {
                foreach (var name in option.Names)
                {
                    script.Append($"      {Quoted(name, option.Description)}\n");
                }
            }
            script.Append("    ) ;;\n");
        }
        script.Append(
            """
              esac
              _describe -V toss found
            }
            if [[ $funcstack[1] == _toss ]]; then _toss; else compdef _toss toss; fi

            """
        );
        return script.ToString();
    }

    private static string Before(CompletionPlace place) => place.Path.Length > 0 ? $" {place.Path} " : " ";

    private static string Values(CompletionOption option) =>
        option.TakesFile ? "_files; return"
        : option.Values.Count > 0 ? $"compadd -- {string.Join(' ', option.Values)}; return"
        : "return";

    /// <summary>`word:what it is for`, in single quotes; a colon within a word would end it.</summary>
    private static string Quoted(string word, string description) =>
        $"'{word.Replace(":", "\\:")}{(description.Length > 0 ? ":" : "")}{description.Replace("'", "'\\''")}'";
}
