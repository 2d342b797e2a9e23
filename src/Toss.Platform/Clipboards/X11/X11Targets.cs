namespace Toss.Platform.Clipboards.X11;

/// <summary>The names of <see cref="X11Formats"/> as atoms of one connection.</summary>
internal sealed class X11Targets
{
    private readonly Dictionary<nint, string> _names = [];

    public X11Targets(XConnection connection)
    {
        nint Intern(string name)
        {
            var atom = connection.Intern(name);
            _names[atom] = name;
            return atom;
        }
        Hint = Intern(X11Formats.ConcealedHint);
        Origin = Intern(Core.Clips.MediaTypes.Origin);
        Readable =
        [
            .. X11Formats.Readable.Select(format => (format.MediaType, format.Targets.Select(Intern).ToArray())),
        ];
    }

    public nint Hint { get; }

    public nint Origin { get; }

    public IReadOnlyList<(string MediaType, nint[] Targets)> Readable { get; }

    public string NameOf(nint target) => _names.GetValueOrDefault(target, "");
}
