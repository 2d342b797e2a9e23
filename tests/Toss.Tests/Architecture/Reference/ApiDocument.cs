using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Control.Http;
using Toss.Tests.Cli;

namespace Toss.Tests.Architecture.Reference;

/// <summary>The control API as an OpenAPI 3.1 document: what the server maps, and what its requests take and give.</summary>
internal static class ApiDocument
{
    private const string Json = "application/json";

    private static readonly JsonSerializerOptions layout = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Of a server that is mapped as the agent's is.</summary>
    public static IReadOnlyList<ControlOperation> Operations()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        new ControlEndpoints(new FakeControl(), NullLogger.Instance, new TaskCompletionSource(), CancellationToken.None)
        {
            Screens = new FakeControl(),
        }.Map(app);
        return
        [
            .. ((IEndpointRouteBuilder)app)
                .DataSources.SelectMany(source => source.Endpoints)
                .Select(endpoint => endpoint.Metadata.GetMetadata<ControlOperation>())
                .OfType<ControlOperation>()
                .OrderBy(operation => operation.Path, StringComparer.Ordinal)
                .ThenBy(operation => operation.Method, StringComparer.Ordinal),
        ];
    }

    public static string Write()
    {
        var schemas = new ApiSchemas();
        var paths = new JsonObject();
        foreach (var operation in Operations())
        {
            var path = paths[operation.Path] as JsonObject ?? [];
            path[operation.Method.ToLowerInvariant()] = Write(operation, schemas);
            paths[operation.Path] = path;
        }
        var failure = schemas.Of(ControlJson.Default.ControlFailure);
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Toss control API",
                ["version"] = $"{ControlProtocol.Version}",
                ["description"] =
                    "What one can ask of the agent of this device, over a socket that only its owner can open. Every request "
                    + $"names the version in the header {ControlProtocol.VersionHeader}; every failure is a ControlFailure.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(
                new JsonObject
                {
                    ["url"] = "http://toss",
                    ["description"] = "The control socket; the name does not matter.",
                }
            ),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Named,
                ["responses"] = new JsonObject
                {
                    ["Failure"] = new JsonObject
                    {
                        ["description"] = "It was not done; the code says why.",
                        ["content"] = Content(Json, failure),
                    },
                },
                ["parameters"] = new JsonObject
                {
                    ["Version"] = Header(ControlProtocol.VersionHeader, "The version of this API.", required: true),
                },
            },
        };
        return document.ToJsonString(layout) + "\n";
    }

    private static JsonObject Write(ControlOperation operation, ApiSchemas schemas)
    {
        var parameters = new JsonArray(new JsonObject { ["$ref"] = "#/components/parameters/Version" });
        foreach (var part in operation.Path.Split('/').Where(part => part.StartsWith('{')))
        {
            parameters.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["name"] = part.Trim('{', '}'),
                        ["in"] = "path",
                        ["required"] = true,
                        ["schema"] = new JsonObject { ["type"] = "string" },
                    }
            );
        }
        foreach (var (name, description, required) in operation.Headers)
        {
            parameters.Add((JsonNode)Header(name, description, required));
        }
        var written = new JsonObject { ["summary"] = operation.Summary, ["parameters"] = parameters };
        if (operation.Request is not null || operation.RequestMediaType is not null)
        {
            written["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = Content(
                    operation.RequestMediaType ?? Json,
                    operation.Request is { } request ? schemas.Of(request) : []
                ),
            };
        }
        var answers = new JsonObject();
        if (operation.Answer is not null || operation.AnswerMediaType is not null)
        {
            answers["200"] = new JsonObject
            {
                ["description"] =
                    operation.Answer is null ? "The bytes."
                    : operation.AnswerMediaType is null ? "The answer."
                    : "One after another.",
                ["content"] = Content(
                    operation.AnswerMediaType ?? Json,
                    operation.Answer is { } answer ? schemas.Of(answer) : []
                ),
            };
        }
        if (answers.Count == 0 || operation.MayBeEmpty)
        {
            answers["204"] = new JsonObject
            {
                ["description"] = operation.MayBeEmpty ? "There is nothing." : "It is done.",
            };
        }
        answers["default"] = new JsonObject { ["$ref"] = "#/components/responses/Failure" };
        written["responses"] = answers;
        return written;
    }

    private static JsonObject Content(string mediaType, JsonObject schema) =>
        new() { [mediaType] = schema.Count > 0 ? new JsonObject { ["schema"] = schema } : [] };

    private static JsonObject Header(string name, string description, bool required) =>
        new()
        {
            ["name"] = name,
            ["in"] = "header",
            ["required"] = required,
            ["description"] = description,
            ["schema"] = new JsonObject { ["type"] = "string" },
        };
}
