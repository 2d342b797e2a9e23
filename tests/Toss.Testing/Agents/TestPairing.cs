using Toss.Control;
using Toss.Testing.Platform;

namespace Toss.Testing.Agents;

/// <summary>Pairs two agents the way people do, and waits for what must come of it.</summary>
public static class TestPairing
{
    /// <summary>The last event of the inviter and of the joiner. <paramref name="type"/> makes what is typed from the code and the link.</summary>
    public static async Task<(PairingEvent Inviter, PairingEvent Joiner)> PairAsync(
        IControl inviter,
        IControl joiner,
        Func<PairingOpened, string>? type = null,
        string? relay = null
    )
    {
        await using var shown = inviter
            .OpenPairingAsync(new OpenPairingRequest(AcceptAll: true), default)
            .GetAsyncEnumerator();
        if (!await Watchdog.Within(shown.MoveNextAsync(), "the code") || shown.Current is not PairingOpened opened)
        {
            return (shown.Current, shown.Current);
        }
        var typed = type?.Invoke(opened) ?? opened.Code!;
        var joined = LastAsync(joiner.JoinAsync(new JoinRequest(typed, relay), default));
        var ended = await Watchdog.Within(joined, "the joiner's end of pairing");
        return ended is PairingFailed
            ? (ended, ended)
            : (await Watchdog.Within(RestAsync(shown), "the inviter's end of pairing"), ended);
    }

    public static async Task<PairingEvent> LastAsync(IAsyncEnumerable<PairingEvent> events)
    {
        PairingEvent? last = null;
        await foreach (var happened in events)
        {
            last = happened;
        }
        return last!;
    }

    public static async Task<PairingEvent> RestAsync(IAsyncEnumerator<PairingEvent> events)
    {
        while (await events.MoveNextAsync())
        {
            if (events.Current is PairingDone or PairingFailed)
            {
                break;
            }
        }
        return events.Current;
    }

    /// <summary>Waits until <paramref name="holds"/>, asking again after each change it can see and every 20 ms.</summary>
    public static async Task Until(Func<Task<bool>> holds, string what)
    {
        using var watchdog = new CancellationTokenSource(Watchdog.Patience);
        while (!await holds())
        {
            if (watchdog.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {Watchdog.Patience.TotalSeconds:F0} s for {what}.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Waits until this device's clipboard holds the text.</summary>
    public static Task UntilClipboard(IControl control, string text) =>
        Until(
            async () => await TextAsync(control) == text,
            $"the clipboard to hold \"{text[..Math.Min(40, text.Length)]}\""
        );

    public static async Task<string?> TextAsync(IControl control)
    {
        if (await control.PasteAsync(null, null, default) is not { } paste)
        {
            return null;
        }
        using var reader = new StreamReader(paste.Content);
        return await reader.ReadToEndAsync();
    }
}
