using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Toss.Control;

namespace Toss.Cli.Daemon;

/// <summary>
/// How a request of the control API is read and answered: one way for all. Bodies are read and written by generated JSON code,
/// bounded by the server; each route says what it takes and gives.
/// </summary>
internal sealed class ControlRoutes(IEndpointRouteBuilder app)
{
    /// <summary>A question without a body.</summary>
    public void Get<TAnswer>(
        string path,
        string summary,
        Func<CancellationToken, Task<TAnswer>> ask,
        JsonTypeInfo<TAnswer> answer
    ) => Ask("GET", path, summary, ask, answer);

    public void Ask<TAnswer>(
        string method,
        string path,
        string summary,
        Func<CancellationToken, Task<TAnswer>> ask,
        JsonTypeInfo<TAnswer> answer
    ) =>
        Add(
            new ControlOperation(method, path, summary) { Answer = answer },
            async context => await AnswerAsync(context, await ask(context.RequestAborted), answer)
        );

    /// <summary>A question whose answer depends on what it says.</summary>
    public void Ask<TRequest, TAnswer>(
        string method,
        string path,
        string summary,
        JsonTypeInfo<TRequest> request,
        Func<TRequest, CancellationToken, Task<TAnswer>> ask,
        JsonTypeInfo<TAnswer> answer
    ) =>
        Add(
            new ControlOperation(method, path, summary) { Request = request, Answer = answer },
            async context =>
            {
                var said = await ReadAsync(context, request);
                await AnswerAsync(context, await ask(said, context.RequestAborted), answer);
            }
        );

    /// <summary>An order, with nothing to say.</summary>
    public void Do(string path, string summary, Func<CancellationToken, Task> act) =>
        Add(new ControlOperation("POST", path, summary), context => DoAsync(context, act));

    /// <summary>An order that says more.</summary>
    public void Do<TRequest>(
        string method,
        string path,
        string summary,
        JsonTypeInfo<TRequest> request,
        Func<TRequest, CancellationToken, Task> act
    ) =>
        Add(
            new ControlOperation(method, path, summary) { Request = request },
            async context =>
            {
                var said = await ReadAsync(context, request);
                await DoAsync(context, cancellation => act(said, cancellation));
            }
        );

    /// <summary>What is none of these.</summary>
    public void Add(ControlOperation operation, RequestDelegate answer) =>
        app.MapMethods(operation.Path, [operation.Method], answer).WithMetadata(operation);

    public static async Task DoAsync(HttpContext context, Func<CancellationToken, Task> act)
    {
        await act(context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static Task AnswerAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, type, context.RequestAborted);
    }

    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            var request = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return request ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ControlException(ControlErrors.InvalidArgument, "the request is not well formed");
        }
    }
}
