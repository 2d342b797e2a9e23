using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Toss.Control;

namespace Toss.Tests.Architecture.Reference;

/// <summary>JSON schemas (2020-12, as OpenAPI 3.1 has them) of what the generated JSON code writes: from its contracts, not from the types.</summary>
internal sealed class ApiSchemas
{
    private readonly DocComments _comments = new();
    private readonly SortedDictionary<string, JsonObject?> _named = new(StringComparer.Ordinal);

    /// <summary>Every record that was referred to, by its name.</summary>
    public JsonObject Named => new(_named.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    public JsonObject Of(JsonTypeInfo type) =>
        type.Kind switch
        {
            JsonTypeInfoKind.Object => Refer(type),
            JsonTypeInfoKind.Enumerable => new JsonObject
            {
                ["type"] = "array",
                ["items"] = Of(Info(type.ElementType!)),
            },
            JsonTypeInfoKind.Dictionary => new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = Of(Info(type.ElementType!)),
            },
            _ => Simple(type.Type),
        };

    private JsonObject Refer(JsonTypeInfo type)
    {
        var name = type.Type.Name;
        if (_named.TryAdd(name, null))
        {
            _named[name] = type.PolymorphismOptions is { } kinds ? OneOf(type, kinds) : Record(type, null);
        }
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    /// <summary>One of several records, told apart by a word.</summary>
    private JsonObject OneOf(JsonTypeInfo type, JsonPolymorphismOptions kinds)
    {
        var mapping = new JsonObject();
        foreach (var kind in kinds.DerivedTypes)
        {
            var name = kind.DerivedType.Name;
            var word = (string)kind.TypeDiscriminator!;
            _named[name] = Record(Info(kind.DerivedType), (kinds.TypeDiscriminatorPropertyName, word));
            mapping[word] = $"#/components/schemas/{name}";
        }
        return Described(
            new JsonObject
            {
                ["oneOf"] = new JsonArray([
                    .. mapping.Select(one => (JsonNode)new JsonObject { ["$ref"] = one.Value!.GetValue<string>() }),
                ]),
                ["discriminator"] = new JsonObject
                {
                    ["propertyName"] = kinds.TypeDiscriminatorPropertyName,
                    ["mapping"] = mapping,
                },
            },
            _comments.Of(type.Type)
        );
    }

    private JsonObject Record(JsonTypeInfo type, (string Name, string Word)? kind)
    {
        var fields = new JsonObject();
        var required = new JsonArray();
        if (kind is { } told)
        {
            fields[told.Name] = new JsonObject { ["const"] = told.Word };
            required.Add(told.Name);
        }
        foreach (var field in type.Properties.Where(field => field.Get is not null))
        {
            var name = char.ToUpperInvariant(field.Name[0]) + field.Name[1..];
            fields[field.Name] = Described(
                Nullable(Of(Info(field.PropertyType)), field.IsGetNullable),
                _comments.Of(type.Type, name)
            );
            // What is left out when it is null is not always there, and what has a default need not be said.
            if (field.ShouldSerialize is null && field.AssociatedParameter is not { HasDefaultValue: true })
            {
                required.Add(field.Name);
            }
        }
        return Described(
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = fields,
                ["required"] = required,
            },
            _comments.Of(type.Type)
        );
    }

    private static JsonObject Nullable(JsonObject schema, bool isNullable)
    {
        if (!isNullable)
        {
            return schema;
        }
        if (schema["type"] is JsonValue type)
        {
            schema["type"] = new JsonArray(type.GetValue<string>(), "null");
            return schema;
        }
        return new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
    }

    private static JsonObject Described(JsonObject schema, string? text)
    {
        if (text is { Length: > 0 })
        {
            schema["description"] = text;
        }
        return schema;
    }

    private static JsonObject Simple(Type type)
    {
        var plain = System.Nullable.GetUnderlyingType(type) ?? type;
        return plain.Name switch
        {
            nameof(String) => new JsonObject { ["type"] = "string" },
            nameof(Boolean) => new JsonObject { ["type"] = "boolean" },
            nameof(Int32) => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
            nameof(Int64) => new JsonObject { ["type"] = "integer", ["format"] = "int64" },
            nameof(Double) => new JsonObject { ["type"] = "number", ["format"] = "double" },
            nameof(DateTimeOffset) => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            _ => throw new NotSupportedException($"The reference has no schema for {type}."),
        };
    }

    private static JsonTypeInfo Info(Type type) =>
        ControlJson.Default.GetTypeInfo(System.Nullable.GetUnderlyingType(type) ?? type)
        ?? throw new NotSupportedException($"{type} is not registered with the JSON generator.");
}
