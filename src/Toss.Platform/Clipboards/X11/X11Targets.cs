namespace Toss.Platform.Clipboards.X11;

/// <summary>The names of <see cref="TargetFormats"/> as atoms of one connection.</summary>
internal sealed class X11Targets
{
    private readonly Dictionary<nint, string> _names = [];
    private readonly Dictionary<string, nint> _atoms = [];

    public X11Targets(XConnection connection)
    {
        var marks = (ReadOnlySpan<string>)[TargetFormats.ConcealedHint, Core.Clips.MediaTypes.Origin];
        foreach (var name in (ReadOnlySpan<string>)[.. marks, .. TargetFormats.Readable.SelectMany(one => one.Targets)])
        {
            var atom = connection.Intern(name);
            _names[atom] = name;
            _atoms[name] = atom;
        }
    }

    public nint AtomOf(string name) => _atoms[name];

    /// <summary>Empty for a target that is not read.</summary>
    public string NameOf(nint target) => _names.GetValueOrDefault(target, "");
}
