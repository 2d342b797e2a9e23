using Toss.Core.Ports;
using Toss.Net;
using Toss.Wire;

namespace Toss.Testing.Relay;

/// <summary>A real <see cref="PeerNetwork"/> with a mailbox of its own, and waits that say what they waited for.</summary>
public sealed class NetworkPeer : IAsyncDisposable
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private readonly List<NetworkEvent> _seen = [];

    public NetworkPeer(int number, Uri relay, NetworkOptions? options = null, string? token = null)
    {
        Key = new TestMailboxKey(number);
        Device = new DeviceId((UInt128)number, 0);
        Account = new RelayAccount(relay, Key.Private, Key.Public, token);
        Network = new PeerNetwork(TimeProvider.System, new SeededRandomness(number), options);
    }

    public TestMailboxKey Key { get; }

    public DeviceId Device { get; }

    public RelayAccount Account { get; }

    public PeerNetwork Network { get; }

    public PeerAddress Address => new(Device, Account.Relay, Key.Id);

    /// <summary>Everything that happened so far.</summary>
    public IReadOnlyList<NetworkEvent> Seen => _seen;

    /// <summary>Connects, with these as its circle, and waits until the relay has let it in and knows them.</summary>
    public Task JoinAsync(params NetworkPeer[] peers) => JoinAsync([], peers);

    public Task JoinAsync(IReadOnlyList<RelayAccount> others, params NetworkPeer[] peers) =>
        JoinAsync(others, [.. peers.Select(peer => peer.Address)]);

    /// <summary>Likewise, with mailboxes at other relays too.</summary>
    public async Task JoinAsync(IReadOnlyList<RelayAccount> others, IReadOnlyList<PeerAddress> peers)
    {
        Network.Configure([Account, .. others], peers);
        Network.Start();
        await WaitAsync<RelayStateChanged>(
            "the relay to let it in",
            state => state.State == RelayState.Connected && state.Relay == Account.Relay
        );
        // The relay answers in order: with the answer to this question about nothing, it knows the Allow list.
        await Network.DeleteBlobAsync(Account.Relay, default, CancellationToken.None);
    }

    /// <summary>Sends until the path takes it: the other's Allow list may still be on its way.</summary>
    public async Task SendAsync(NetworkPeer to, byte[] envelope, TimeSpan? timeToLive = null)
    {
        using var patience = new CancellationTokenSource(Watchdog);
        var last = default(SendResult);
        while (!patience.IsCancellationRequested)
        {
            last = await Network.SendAsync(
                to.Device,
                envelope,
                timeToLive ?? TimeSpan.FromDays(7),
                CancellationToken.None
            );
            if (last.Status == SendStatus.Accepted)
            {
                return;
            }
            await Task.Delay(20);
        }
        throw new TimeoutException($"an envelope was not accepted within {Watchdog}; at last {last.Status}");
    }

    public Task<ReceivedEnvelope> ReceiveAsync() => WaitAsync<ReceivedEnvelope>("an envelope", _ => true);

    /// <summary>The next event of a kind that fits; those before it are kept in <see cref="Seen"/>.</summary>
    public async Task<T> WaitAsync<T>(string what, Func<T, bool> fits)
        where T : NetworkEvent
    {
        using var patience = new CancellationTokenSource(Watchdog);
        try
        {
            while (true)
            {
                var next = await Network.Events.ReadAsync(patience.Token);
                _seen.Add(next);
                if (next is T wanted && fits(wanted))
                {
                    return wanted;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"waited {Watchdog} for {what}; saw {string.Join(", ", _seen.TakeLast(10).Select(e => e.ToString()))}"
            );
        }
    }

    public ValueTask DisposeAsync() => Network.DisposeAsync();
}
