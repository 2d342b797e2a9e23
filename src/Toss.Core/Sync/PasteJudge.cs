namespace Toss.Core.Sync;

/// <summary>
/// Tells a person's paste from a program that reads whatever appears on a clipboard, so that such a program does not fetch what
/// nobody wants. Programs known as clipboard managers never paste. Every other one is taken for such a program while it asks in
/// the first 100 ms after the announcement, in which no person pastes, and for as long as it goes on asking without a pause of
/// that length: whoever reads all formats one after another does. docs/decisions/0028-pull-on-paste.md says what that costs.
/// Not thread-safe.
/// </summary>
public sealed class PasteJudge
{
    /// <summary>Less than a person needs between seeing and pressing, more than a program between two questions.</summary>
    public static readonly TimeSpan Reflex = TimeSpan.FromMilliseconds(100);

    /// <summary>Programs whose last question is remembered: more do not watch one clipboard.</summary>
    private const int MostReaders = 64;

    /// <summary>By the names of their processes, of which Linux tells 15 bytes, and without Windows' ending.</summary>
    private static readonly HashSet<string> Managers = new(StringComparer.OrdinalIgnoreCase)
    {
        "copyq",
        "klipper",
        "clipit",
        "parcellite",
        "gpaste-daemon",
        "diodon",
        "clipman",
        "xfce4-clipman",
        "greenclip",
        "clipmenud",
        "clipcatd",
        "clipster",
        "qlipper",
        "glipper",
        "anamnesis",
        "autocutsel",
        "cliphist",
        "clipse",
        "mate-settings-d",
        "gsd-clipboard",
        "csd-clipboard",
        "xclipboard",
        "ditto",
        "clipclip",
        "clipdiary",
        "clipboardfusion",
        "clipx",
        "clcl",
        "arsclip",
        "1clipboard",
        "clipboardmaster",
        // Services of Windows: its own history of the clipboard is one.
        "svchost",
        // Panels, which have clipboard histories in them, and into which nobody pastes what is large.
        "plasmashell",
        "gnome-shell",
        "wrapper-2.0",
    };

    private readonly Dictionary<long, TimeSpan> _automaticUntil = [];
    private TimeSpan _reflexUntil;

    /// <summary>New content is on the clipboard.</summary>
    public void Announced(TimeSpan now)
    {
        _automaticUntil.Clear();
        _reflexUntil = now + Reflex;
    }

    /// <summary>A program asks for something: false if no person stands behind that.</summary>
    /// <param name="reader">Tells programs apart; 0 for all, where nobody tells.</param>
    /// <param name="program">Its name; null where nobody tells.</param>
    public bool IsPaste(long reader, string? program, TimeSpan now)
    {
        if (program is not null && Managers.Contains(WithoutEnding(program)))
        {
            return false;
        }
        var automatic = now < _reflexUntil || (_automaticUntil.TryGetValue(reader, out var until) && now < until);
        if (automatic && (_automaticUntil.Count < MostReaders || _automaticUntil.ContainsKey(reader)))
        {
            _automaticUntil[reader] = now + Reflex;
        }
        return !automatic;
    }

    private static string WithoutEnding(string program) =>
        program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? program[..^4] : program;
}
