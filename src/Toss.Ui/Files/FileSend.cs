using System.Text.Json;
using Microsoft.JSInterop;
using Toss.Control;

namespace Toss.Ui.Files;

/// <summary>Files that a person gave at once, and what becomes of them.</summary>
/// <param name="id">Its number with the page's script.</param>
/// <param name="request">What and to whom.</param>
/// <param name="to">The device's name; null is every other device.</param>
public sealed class FileSend(int id, GivenFilesRequest request, string? to)
{
    private readonly List<SendDelivery> _deliveries = [];
    private readonly TaskCompletionSource _read = new();

    public int Id { get; } = id;

    public GivenFilesRequest Request { get; } = request;

    public string? To { get; } = to;

    /// <summary>At the top of what is sent.</summary>
    public IReadOnlyList<string> Names { get; } =
    [.. request.Files.Where(file => file.Names.Count == 1).Select(file => file.Names[0])];

    public long Total { get; } = request.Files.Sum(file => file.Size ?? 0);

    /// <summary>What the browser could not read, and so is not sent.</summary>
    public int Unread { get; init; }

    public FileSendState State { get; private set; }

    /// <summary>Bytes that the agent has.</summary>
    public long Done { get; private set; }

    /// <summary>One of <see cref="ControlErrors"/>; null if it has not failed.</summary>
    public string? Failure { get; private set; }

    /// <summary>Each device, as it is with it now.</summary>
    public IReadOnlyList<SendDelivery> Deliveries => _deliveries;

    /// <summary>Done once the agent needs no more of the page for it, whatever became of it.</summary>
    public Task Read => _read.Task;

    public bool HasEnded =>
        State is FileSendState.Over or FileSendState.GoesOn or FileSendState.Stopped or FileSendState.Failed;

    internal event Action? Changed;

    /// <summary>A line of the agent's.</summary>
    [JSInvokable]
    public void Told(string line)
    {
        SendEvent? next;
        try
        {
            next = JsonSerializer.Deserialize(line, ControlJson.Default.SendEvent);
        }
        // An event without its discriminator is "not supported", not malformed.
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            return;
        }
        if (HasEnded)
        {
            return;
        }
        switch (next)
        {
            case SendFailed when State == FileSendState.OnItsWay:
                // The agent has it: only what becomes of it is not told any more.
                End();
                return;
            case SendFailed failed:
                Fail(failed.Code);
                return;
            case SendSealed:
                Done = Total;
                Go(FileSendState.OnItsWay);
                _read.TrySetResult();
                return;
            case SendDelivery delivery:
                var at = _deliveries.FindIndex(one => one.Id == delivery.Id);
                if (at < 0)
                {
                    _deliveries.Add(delivery);
                }
                else
                {
                    _deliveries[at] = delivery;
                }
                Changed?.Invoke();
                return;
        }
    }

    /// <summary>So many bytes are sent.</summary>
    [JSInvokable]
    public void Came(long bytes)
    {
        if (State == FileSendState.Reading)
        {
            Done = Math.Min(bytes, Total);
            Changed?.Invoke();
        }
    }

    internal void Begin() => Go(FileSendState.Reading);

    /// <summary>The agent has nothing more to say.</summary>
    internal void End()
    {
        if (State == FileSendState.OnItsWay)
        {
            Go(
                _deliveries.Exists(one => one.State is "sending" or "waiting")
                    ? FileSendState.GoesOn
                    : FileSendState.Over
            );
        }
        else if (!HasEnded)
        {
            // It ended before it had all of it.
            Fail(ControlErrors.NoDaemon);
        }
    }

    internal void Stop() => Finish(FileSendState.Stopped);

    internal void Fail(string code)
    {
        if (!HasEnded)
        {
            Failure = code;
            Finish(FileSendState.Failed);
        }
    }

    private void Finish(FileSendState state)
    {
        Go(state);
        _read.TrySetResult();
    }

    private void Go(FileSendState state)
    {
        State = state;
        Changed?.Invoke();
    }
}
