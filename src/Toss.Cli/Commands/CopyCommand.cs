using System.CommandLine;
using System.Text;
using Toss.Cli.Commands.Output;
using Toss.Control;
using Toss.Core.Clips;

namespace Toss.Cli.Commands;

/// <summary>`toss copy`: as if copied on this device.</summary>
internal static class CopyCommand
{
    private const string StandardInput = "-";

    public static Command Create(CommandHost host)
    {
        var text = new Argument<string?>("TEXT")
        {
            Description = "The text; `-` or nothing reads standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var type = new Option<string?>("--type")
        {
            Description = "Media type; else told by the file's name, or text.",
            HelpName = "MIME",
        };
        var file = new Option<string?>("--file") { Description = "Copy the content of this file.", HelpName = "F" };
        var secret = new Option<bool>("--secret")
        {
            Description = "A password or the like: into no history, and gone everywhere after a minute.",
        };
        var command = new Command("copy", "Copy, as if it were copied on this device.") { text, type, file, secret };
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is not null && result.GetValue(text) is not null)
            {
                result.AddError("Give TEXT or --file, not both.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var path = parsed.GetValue(file);
                var mediaType = parsed.GetValue(type) ?? (path is null ? MediaTypes.Text : TypeOf(path));
                await using var content = Open(host, parsed.GetValue(text), path);
                var report = await control.CopyAsync(mediaType, content, parsed.GetValue(secret), cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.CopyReport);
                }
                else
                {
                    Say(host, report);
                }
            }
        );
        return command;
    }

    public static void Say(CommandHost host, CopyReport report)
    {
        if (report.Clip is null)
        {
            host.Out.WriteLine($"Not shared: {SafeText.Of(report.Reason ?? "nothing new")}.");
            return;
        }
        host.Out.WriteLine(
            report.Peers == 0
                ? $"Copied {Spoken.Size(report.Size)} here; there is no other device yet (`toss pair`)."
                : $"Copied {Spoken.Size(report.Size)} to {Spoken.Number(report.Peers, "device")}."
        );
    }

    private static Stream Open(CommandHost host, string? text, string? path)
    {
        if (path is not null)
        {
            return OpenFile(path);
        }
        if (text is not null and not StandardInput)
        {
            return new MemoryStream(Encoding.UTF8.GetBytes(text));
        }
        if (host.InputIsTerminal)
        {
            host.Error.WriteLine("Type or paste, then end with Ctrl-D.");
        }
        return host.RawIn;
    }

    /// <param name="bufferSize">0 for what is not to stay behind in a buffer.</param>
    public static FileStream OpenFile(string path, int bufferSize = 4096)
    {
        if (Directory.Exists(path))
        {
            throw new ControlException(ControlErrors.InvalidArgument, $"cannot read {path}: it is a folder");
        }
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize);
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ControlException(ControlErrors.InvalidArgument, $"cannot read {path}: {failure.Message}");
        }
    }

    private static string TypeOf(string path) =>
        Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => MediaTypes.Png,
            ".jpg" or ".jpeg" => MediaTypes.Jpeg,
            ".gif" => MediaTypes.Gif,
            ".webp" => MediaTypes.Webp,
            ".svg" => MediaTypes.Svg,
            ".bmp" => MediaTypes.Bmp,
            ".tif" or ".tiff" => MediaTypes.Tiff,
            ".html" or ".htm" => MediaTypes.Html,
            ".rtf" => MediaTypes.Rtf,
            ".pdf" => "application/pdf",
            ".txt" or ".md" or ".csv" or ".json" or ".xml" or ".log" => MediaTypes.Text,
            _ => throw new ControlException(
                ControlErrors.InvalidArgument,
                $"the type of {path} cannot be told by its name",
                "give it: --type MIME, for example --type text/plain"
            ),
        };
}
