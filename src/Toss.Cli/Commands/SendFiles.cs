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
    private readonly ChangingLine _line = new(host, isShown: !json);
    private readonly Pace _pace = new(host.Time);

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
            _line.Show("");
            throw new ControlException(
                ControlErrors.Withdrawn,
                "stopped: what had not arrived does not arrive, and nothing of it is kept"
            );
        }
        finally
        {
            _line.Show("");
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
                _line.Show("");
                throw new ControlException(failed.Code, failed.Message, failed.Hint);
            case SendReading reading:
                _line.Show(
                    $"Encrypting {Spoken.Number(reading.Files, "file")}: {_pace.Say(reading.Done, reading.Total)}"
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
            _line.Show(
                $"{device.Name}: {Pace.Say(transfer.Done, transfer.Total, transfer.BytesPerSecond)}, transfer {transfer.Id}"
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
            _line.Show($"{device.Name}: {device.Reason ?? device.State}");
        }
        else if (!json)
        {
            _line.Show("");
            host.Out.WriteLine(SafeText.Of(line));
        }
    }
}
