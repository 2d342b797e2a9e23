using Toss.Core.Ports;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>Hears what a <see cref="RelayConnection"/> has to say, on its loop, one call after the other.</summary>
internal interface IRelayListener
{
    ValueTask StateAsync(RelayConnection connection, RelayState state, RelayRefusal? refusal, string? update);

    /// <summary>Envelopes, presence and rendezvous messages of the connection numbered <paramref name="generation"/>.</summary>
    ValueTask HandleAsync(RelayConnection connection, ulong generation, RelayEvent happened);

    /// <summary>The connection is gone, and with it what was known from it.</summary>
    ValueTask LostAsync(RelayConnection connection);
}
