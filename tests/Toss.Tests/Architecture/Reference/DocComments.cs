using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Toss.Tests.Architecture.Reference;

/// <summary>What the doc comments of the control API's records say of them and of their fields.</summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, XElement> _members = XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, "Toss.Control.xml"))
        .Descendants("member")
        .ToDictionary(member => member.Attribute("name")!.Value);

    public string? Of(Type type) => Text(_members.GetValueOrDefault($"T:{type.FullName}")?.Element("summary"));

    /// <param name="field">As it is called in C#.</param>
    public string? Of(Type type, string field) =>
        Text(
            _members
                .GetValueOrDefault($"T:{type.FullName}")
                ?.Elements("param")
                .FirstOrDefault(one => one.Attribute("name")!.Value == field)
        )
        ?? Text(
            _members
                .GetValueOrDefault($"P:{(type.GetProperty(field)?.DeclaringType ?? type).FullName}.{field}")
                ?.Element("summary")
        );

    private static string? Text(XElement? element)
    {
        if (element is null)
        {
            return null;
        }
        var text = string.Concat(
            element
                .Nodes()
                .Select(node =>
                    node switch
                    {
                        XElement { Name.LocalName: "see" or "paramref" } named => NameIn(named),
                        XElement other => other.Value,
                        _ => node.ToString(System.Xml.Linq.SaveOptions.DisableFormatting)
                            .Replace("&lt;", "<")
                            .Replace("&gt;", ">")
                            .Replace("&amp;", "&"),
                    }
                )
        );
        return Blank().Replace(text, " ").Trim();
    }

    private static string NameIn(XElement named)
    {
        var name = (named.Attribute("cref") ?? named.Attribute("name"))?.Value ?? named.Value;
        return $"`{name.Split('(')[0].Split('.', ':')[^1]}`";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
