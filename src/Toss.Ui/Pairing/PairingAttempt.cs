using Toss.Control;

namespace Toss.Ui.Pairing;

/// <summary>One attempt at pairing as its events tell it, on either side; a screen shows where it is.</summary>
public sealed class PairingAttempt
{
    private CancellationTokenSource? _under;

    /// <summary>Begun, and not ended yet.</summary>
    public bool IsRunning => _under is not null;

    public PairingOpened? Opened { get; private set; }

    /// <summary>After a wrong code.</summary>
    public int? TriesLeft { get; private set; }

    /// <summary>Somebody proved the code, and waits for a yes.</summary>
    public PairingConfirm? Asked { get; private set; }

    /// <summary>The yes or no was given.</summary>
    public bool IsAnswered { get; private set; }

    public PairingDone? Done { get; private set; }

    /// <summary>Why it did not come to be: one of <see cref="ControlErrors"/>. A person who ended it knows why: null.</summary>
    public string? FailureCode { get; private set; }

    /// <summary>Until it ends; fails with nothing but what is a mistake of this program.</summary>
    public async Task RunAsync(Func<CancellationToken, IAsyncEnumerable<PairingEvent>> begin, Action changed)
    {
        if (IsRunning)
        {
            return;
        }
        Clear();
        using var under = new CancellationTokenSource();
        _under = under;
        changed();
        try
        {
            await foreach (var told in begin(under.Token))
            {
                Hear(told);
                changed();
            }
        }
        catch (ControlException failure)
        {
            Fail(failure.Code);
        }
        catch (OperationCanceledException) when (under.IsCancellationRequested)
        {
            Clear();
        }
        _under = null;
        changed();
    }

    public async Task AnswerAsync(IControl control, bool accept)
    {
        if (Asked is { } asked && !IsAnswered)
        {
            IsAnswered = true;
            try
            {
                await control.ConfirmPairingAsync(asked.PairingId, accept, CancellationToken.None);
            }
            catch (ControlException)
            {
                // It is over by now; its own events say why.
            }
        }
    }

    /// <summary>The code is worth nothing from now on.</summary>
    public void Cancel() => _under?.Cancel();

    /// <summary>As if there had been none.</summary>
    public void Clear()
    {
        Opened = null;
        TriesLeft = null;
        Asked = null;
        IsAnswered = false;
        Done = null;
        FailureCode = null;
    }

    private void Hear(PairingEvent told)
    {
        switch (told)
        {
            case PairingOpened opened:
                Opened = opened;
                break;
            case PairingWarning warning:
                TriesLeft = warning.TriesLeft;
                break;
            case PairingConfirm asked:
                Asked = asked;
                break;
            case PairingDone done:
                Done = done;
                break;
            case PairingFailed failed:
                Fail(failed.Code);
                break;
        }
    }

    /// <summary>What was shown is worth nothing any more.</summary>
    private void Fail(string code)
    {
        Clear();
        FailureCode = code;
    }
}
