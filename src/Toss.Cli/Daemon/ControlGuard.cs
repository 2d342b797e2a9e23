using System.Text.Json;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>Stands before every request of the control API: the version first, and every failure leaves as JSON.</summary>
internal sealed partial class ControlGuard(ILogger log)
{
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers[ControlProtocol.VersionHeader] = ControlProtocol.Version.ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );
        try
        {
            if (ControlProtocol.RefusalByAgent(context.Request.Headers[ControlProtocol.VersionHeader]) is { } refusal)
            {
                throw refusal;
            }
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
            {
                throw NoSuchRequest();
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
        }
        catch (ControlException failure)
        {
            await FailAsync(context, failure);
        }
        catch (BadHttpRequestException failure)
        {
            await FailAsync(
                context,
                failure.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? new ControlException(ControlErrors.TooLarge, "the request is too large")
                    : new ControlException(ControlErrors.InvalidArgument, "the request is not well formed")
            );
        }
        catch (Exception failure)
        {
            LogFailed(failure);
            await FailAsync(
                context,
                new ControlException(ControlErrors.Internal, "the toss agent failed at this request", "run `toss logs`")
            );
        }
    }

    public static ControlException NoSuchRequest() => new(ControlErrors.InvalidArgument, "no such request");

    private static async Task FailAsync(HttpContext context, ControlException failure)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out: only a torn connection tells the client that the rest does not come.
            context.Abort();
            return;
        }
        if (context.Response.StatusCode == StatusCodes.Status200OK)
        {
            // Unless whoever failed knew better.
            context.Response.StatusCode = StatusOf(failure.Code);
        }
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body,
            new ControlFailure(ControlError.Of(failure)),
            ControlJson.Default.ControlFailure,
            context.RequestAborted
        );
    }

    /// <summary>For people with curl; our own client reads the code.</summary>
    private static int StatusOf(string code) =>
        code switch
        {
            ControlErrors.InvalidArgument or ControlErrors.InvalidConfig => StatusCodes.Status400BadRequest,
            ControlErrors.NoSuchDevice or ControlErrors.NoSuchClip => StatusCodes.Status404NotFound,
            ControlErrors.TooLarge => StatusCodes.Status413PayloadTooLarge,
            ControlErrors.UpdateNeeded => StatusCodes.Status426UpgradeRequired,
            ControlErrors.Internal or ControlErrors.Storage => StatusCodes.Status500InternalServerError,
            ControlErrors.RelayUnreachable => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status409Conflict,
        };

    [LoggerMessage(Level = LogLevel.Error, Message = "A control request failed")]
    private partial void LogFailed(Exception failure);
}
