using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Identity;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>
/// One login at a relay under a throw-away key, to see what it says: this device's own place there, if it has one, is not disturbed.
/// The relay keeps a mailbox of that key, empty, as of any newcomer's.
/// </summary>
internal sealed class RelayKnock : IRelayListener
{
    /// <summary>For dial and login together; the dial alone gives up after ten.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(15);

    private readonly Waiter<(RelayState, RelayRefusal?, string?)> _said = new();

    /// <summary>What the relay said first; connecting if it said nothing in time.</summary>
    public static async Task<(RelayState State, RelayRefusal? Refusal, string? Update)> OfAsync(
        NetworkContext context,
        Uri relay,
        string? token,
        CancellationToken cancellation
    )
    {
        var (privateKey, publicKey, _) = SignedStatements.NewMailboxKey(context.Random);
        var key = RelayLogin.Of(new RelayAccount(relay, privateKey, publicKey, token));
        var knock = new RelayKnock();
        await using var connection = new RelayConnection(relay, key, guest: false, context, knock);
        connection.Start();
        try
        {
            return await knock._said.WaitAsync(Within, context.Time, cancellation);
        }
        catch (TimeoutException)
        {
            return (RelayState.Connecting, null, null);
        }
    }

    public ValueTask StateAsync(RelayConnection connection, RelayState state, RelayRefusal? refusal, string? update)
    {
        if (state != RelayState.Connecting)
        {
            _said.TrySet((state, refusal, update));
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(RelayConnection connection, ulong generation, RelayEvent happened) =>
        ValueTask.CompletedTask;

    public ValueTask LostAsync(RelayConnection connection) => ValueTask.CompletedTask;
}
