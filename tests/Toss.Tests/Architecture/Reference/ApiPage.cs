using System.Text;
using System.Text.Json.Nodes;

namespace Toss.Tests.Architecture.Reference;

/// <summary>The OpenAPI document as a page for people.</summary>
internal static class ApiPage
{
    public static string Write(string openApi)
    {
        var document = JsonNode.Parse(openApi)!.AsObject();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var page = new StringBuilder();
        page.Append(
            $"""
            # The control API

            Made from [openapi.json](openapi.json) by `scripts/api`; do not edit it. The agent gives that document too:

                curl --unix-socket "$XDG_RUNTIME_DIR/toss/control.sock" -H 'Toss-Control-Version: 1' http://toss/openapi.json

            {document["info"]!["description"]!.GetValue<string>()}

            ## Requests

            | request | what it does | takes | gives |
            |---|---|---|---|

            """
        );
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var takes = operation!["requestBody"] is { } body ? Content(body["content"]!.AsObject()) : "-";
                var gives = operation["responses"]!["200"] is { } answer ? Content(answer["content"]!.AsObject()) : "-";
                page.Append(
                    $"| `{method.ToUpperInvariant()} {path}` | {Cell(operation["summary"]!.GetValue<string>())} | {takes} | {gives} |\n"
                );
            }
        }
        page.Append("\n## Shapes\n");
        foreach (var (name, schema) in schemas)
        {
            page.Append($"\n### {name}\n\n");
            if (schema!["description"] is { } text)
            {
                page.Append($"{text.GetValue<string>()}\n\n");
            }
            if (schema["discriminator"]?["mapping"] is JsonObject kinds)
            {
                page.Append($"One of these, by its field `{schema["discriminator"]!["propertyName"]}`:\n\n");
                foreach (var (word, of) in kinds)
                {
                    page.Append($"- `{word}`: {Link(of!.GetValue<string>())}\n");
                }
                continue;
            }
            var required = schema["required"]!.AsArray().Select(one => one!.GetValue<string>()).ToHashSet();
            page.Append("| field | type | |\n|---|---|---|\n");
            foreach (var (field, type) in schema["properties"]!.AsObject())
            {
                var may = required.Contains(field) ? "" : ", may be left out";
                page.Append(
                    $"| `{field}` | {TypeOf(type!)}{may} | {Cell(type!["description"]?.GetValue<string>() ?? "")} |\n"
                );
            }
        }
        return page.ToString();
    }

    private static string Content(JsonObject content)
    {
        var (mediaType, body) = content.Single();
        return body?["schema"] is { } schema
            ? mediaType == "application/json"
                ? TypeOf(schema)
                : $"{TypeOf(schema)}, as `{mediaType}`"
            : "bytes";
    }

    private static string TypeOf(JsonNode schema) =>
        schema switch
        {
            JsonObject one when one["$ref"] is { } reference => Link(reference.GetValue<string>()),
            JsonObject one when one["const"] is { } word => $"`\"{word}\"`",
            JsonObject one when one["anyOf"] is JsonArray any => string.Join(" or ", any.Select(part => TypeOf(part!))),
            JsonObject one when one["additionalProperties"] is { } values => $"by name, {TypeOf(values)}",
            JsonObject one when one["type"] is JsonArray types => string.Join(
                " or ",
                types.Select(type => Named(type!.GetValue<string>(), one))
            ),
            JsonObject one => Named(one["type"]!.GetValue<string>(), one),
            _ => schema.ToJsonString(),
        };

    private static string Named(string type, JsonObject schema) =>
        type switch
        {
            "array" => $"list of {TypeOf(schema["items"]!)}",
            "string" when schema["format"]?.GetValue<string>() == "date-time" => "time",
            _ => type,
        };

    private static string Link(string reference)
    {
        var name = reference.Split('/')[^1];
        return $"[{name}](#{name.ToLowerInvariant()})";
    }

    private static string Cell(string text) => text.Replace("|", "\\|");
}
