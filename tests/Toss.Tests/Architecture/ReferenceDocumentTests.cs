using System.Text.Json.Nodes;
using Toss.Cli.Daemon;
using Toss.Tests.Architecture.Reference;
using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>docs/api is made from the code by `scripts/api`, and is what the code says now.</summary>
public sealed class ReferenceDocumentTests
{
    /// <summary>Set by `scripts/api`: the pages are written, and not compared.</summary>
    private const string WriteVariable = "TOSS_WRITE_REFERENCE";

    [Fact]
    public void The_open_api_document_is_current() => IsCurrent("docs/api/openapi.json", ApiDocument.Write());

    [Fact]
    public void The_page_of_the_api_is_current() =>
        IsCurrent("docs/api/control.md", ApiPage.Write(ApiDocument.Write()));

    [Fact]
    public void The_page_of_the_commands_is_current() => IsCurrent("docs/api/commands.md", CommandPage.Write());

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var document = JsonNode.Parse(ApiDocument.Write())!;
        var references = Descendants(document)
            .OfType<JsonObject>()
            .Select(one => one["$ref"]?.GetValue<string>())
            .OfType<string>()
            .ToList();
        Assert.True(references.Count > 50);
        var lost = references
            .Distinct()
            .Where(reference =>
                reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)document, (at, name) => at?[name]) is null
            );
        Violations.None(lost);
    }

    /// <summary>What is mapped and not described would be in no reference.</summary>
    [Fact]
    public void Every_request_of_the_protocol_is_described()
    {
        var described = ApiDocument.Operations().Select(operation => operation.Path).ToHashSet();
        var paths = typeof(Toss.Control.Http.ControlProtocol)
            .GetFields()
            .Where(field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!)
            .Where(value => value.StartsWith('/') && !value.EndsWith('/'));
        Violations.None(paths.Except(described));
    }

    [Fact]
    public void The_agent_serves_it()
    {
        using var served = new StreamReader(OpenApi.Open());
        Assert.Equal(Repository.Read("docs/api/openapi.json"), served.ReadToEnd());
    }

    private static void IsCurrent(string file, string content)
    {
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            File.WriteAllText(Path.Combine(Repository.Root, file), content);
        }
        Assert.True(Repository.Exists(file), $"{file} is missing: run scripts/api");
        Assert.True(Repository.Read(file) == content, $"{file} is not what the code says: run scripts/api");
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node) =>
        (
            node switch
            {
                JsonObject one => one.Select(pair => pair.Value),
                JsonArray many => many,
                _ => [],
            }
        )
            .OfType<JsonNode>()
            .SelectMany(Descendants)
            .Prepend(node);
}
