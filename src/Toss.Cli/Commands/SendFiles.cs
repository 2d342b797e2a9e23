using System.Text.Json;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>
/// Sends files and says how far they are: a line that changes on a terminal, a line for each result elsewhere, every event with
/// `--json`. Ctrl-C stops what has not arrived.
/// </summary>
internal sealed class SendFiles(CommandHost host, IControl control, bool json)
{
    private readonly Dictionary<string, SendDelivery> _devices = [];
    private string _shown = "";
    private (long Timestamp, long Done)? _begun;

    public async Task<int> RunAsync(SendFilesRequest request, CancellationToken cancellation)
    {
        try
        {
            await foreach (var next in control.SendFilesAsync(request, cancellation))
            {
                if (json)
                {
                    host.Out.WriteLine(JsonSerializer.Serialize(next, ControlJson.Default.SendEvent));
                }
                Take(next);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Show("");
            throw new ControlException(
                ControlErrors.Withdrawn,
                "stopped: what had not arrived does not arrive, and nothing of it is kept"
            );
        }
        finally
        {
            Show("");
        }
        return _devices.Values.Any(device => device.State is "refused" or "expired")
            ? ExitCodes.Failed
            : ExitCodes.Done;
    }

    private void Take(SendEvent next)
    {
        switch (next)
        {
            case SendFailed failed:
                Show("");
                throw new ControlException(failed.Code, failed.Message, failed.Hint);
            case SendReading reading:
                Show(
                    $"Encrypting {Spoken.Number(reading.Files, "file")}: {Progress(reading.Done, reading.Total, RateOf(reading.Done))}"
                );
                break;
            case SendSealed whole:
                Say(whole);
                break;
            case SendDelivery device:
                Take(device);
                break;
        }
    }

    private void Say(SendSealed whole)
    {
        foreach (var (path, why) in whole.Skipped)
        {
            host.Warn($"{path} is left out: {why}");
        }
        foreach (var (path, why) in whole.Changed)
        {
            host.Warn($"{path} {why}: what is sent may not be what you want");
        }
    }

    private void Take(SendDelivery device)
    {
        var before = _devices.GetValueOrDefault(device.Id);
        _devices[device.Id] = device;
        if (device.Transfer is { } transfer)
        {
            Show(
                $"{device.Name}: {Progress(transfer.Done, transfer.Total, transfer.BytesPerSecond)}, transfer {transfer.Id}"
            );
            return;
        }
        if (device.State == before?.State && device.Reason == before.Reason)
        {
            return;
        }
        var line = device.State switch
        {
            "received" => $"{device.Name} has received it.",
            "kept" => $"{device.Name} keeps it in its history until somebody takes it there (`toss accept`).",
            "refused" => $"{device.Name} did not take it: {device.Reason ?? "stopped"}.",
            "expired" => $"{device.Name} was away for too long.",
            "away" => $"{device.Name} is away: it gets it when it is back, and this device is there or a relay has it.",
            _ => null,
        };
        if (line is null)
        {
            Show($"{device.Name}: {device.Reason ?? device.State}");
        }
        else if (!json)
        {
            Show("");
            host.Out.WriteLine(SafeText.Of(line));
        }
    }

    private long? RateOf(long done)
    {
        var now = host.Time.GetTimestamp();
        if (_begun is not { } begun)
        {
            _begun = (now, done);
            return null;
        }
        var took = host.Time.GetElapsedTime(begun.Timestamp, now).TotalSeconds;
        return took > 0 && done > begun.Done ? (long)((done - begun.Done) / took) : null;
    }

    private static string Progress(long done, long total, long? rate)
    {
        var percent = total > 0 ? $" ({100 * done / total} %)" : "";
        var left = rate is > 0 ? $", {Spoken.Duration(TimeSpan.FromSeconds((total - done) / rate.Value))} left" : "";
        return $"{Spoken.Size(done)} of {Spoken.Size(total)}{percent}{(rate is { } at ? $", {Spoken.Size(at)}/s" : "")}{left}";
    }

    /// <summary>One line that is written over; only where somebody sees it.</summary>
    private void Show(string line)
    {
        if (json || !host.ErrorIsTerminal || line == _shown)
        {
            return;
        }
        var text = SafeText.Of(line);
        text = text.Length < host.Width ? text : text[..Math.Max(0, host.Width - 1)];
        host.Error.Write(
            "\r" + text.PadRight(Math.Min(_shown.Length, Math.Max(0, host.Width - 1))) + (line.Length == 0 ? "\r" : "")
        );
        host.Error.Flush();
        _shown = line;
    }
}
