using Toss.Control;

namespace Toss.Testing.Simulation;

/// <summary>One attempt at pairing, and what both sides said of it.</summary>
public sealed class SimPairing(SimDevice member)
{
    private readonly CancellationTokenSource _withdraw = new();
    private readonly int _life = member.Lives;
    private PairingEvent? _invited;
    private PairingEvent? _joined;

    /// <summary>What the member said first: the code, or why there is none.</summary>
    internal PairingEvent? Shown { get; private set; }

    internal CancellationToken Withdrawn => _withdraw.Token;

    /// <summary>Both sides said how it ended.</summary>
    public bool HasEnded => _joined is PairingDone or PairingFailed && _invited is PairingDone or PairingFailed;

    /// <summary>Both sides said that they are paired.</summary>
    public bool IsPaired => _joined is PairingDone && _invited is PairingDone;

    /// <summary>Ctrl-C at the member, if it still shows the code.</summary>
    public void Withdraw()
    {
        if (member.IsUp && member.Lives == _life && _invited is not (PairingDone or PairingFailed))
        {
            member.Call(_ =>
            {
                _withdraw.Cancel();
                return Task.FromResult(true);
            });
        }
    }

    internal void MemberHears(PairingEvent happened) => (Shown, _invited) = (Shown ?? happened, happened);

    internal void NewcomerHears(PairingEvent happened) => _joined = happened;

    public override string ToString() => $"{_invited} / {_joined}";
}
