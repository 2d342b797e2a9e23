using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// Paths: validation, migration by either side, what they carry (RFC 9000 §8, §9, §14).
internal sealed partial class Connection
{
    /// <summary>Paths known at a time. A peer that comes from more places is not heard there.</summary>
    private const int MaxPaths = 6;

    private readonly List<ConnectionPath> _paths = [];
    private ConnectionPath _active;

    /// <summary>Where the peer was last known to be, of the paths that are not in use.</summary>
    private ConnectionPath? LastGood
    {
        get
        {
            ConnectionPath? last = null;
            foreach (var path in _paths)
            {
                if (path != _active && path.IsValidated && (last is null || path.LastUsed > last.LastUsed))
                {
                    last = path;
                }
            }
            return last;
        }
    }

    /// <summary>The largest datagram worth looking for: the peer takes it, and our side wants it.</summary>
    private int LargestDatagram => (int)Math.Min(_peer!.MaxUdpPayloadSize, _options.LargestDatagram);

    private bool ProvidesAddresses =>
        _options.AddressDiscovery is AddressDiscovery.Provides or AddressDiscovery.Both
        && _peer?.AddressDiscovery is AddressDiscovery.Receives or AddressDiscovery.Both;

    /// <summary>
    /// Asks whether the peer answers on another path; <see cref="ConnectionEvent.PathValidated"/> or
    /// <see cref="ConnectionEvent.PathFailed"/> follows. False when it cannot be asked now: before the handshake is
    /// confirmed, when the peer gave us no connection ID for it, forbade it, or too many paths are known.
    /// </summary>
    public bool TryProbe(in NetworkPath to, Instant now) => TryAddPath(to, now) is not null;

    /// <summary>
    /// Goes on over another path. One that was not validated is used at once all the same, because the old one may be gone
    /// already, and validated meanwhile (§9.2). Only a client may do this; a server asks its client by other means.
    /// </summary>
    public bool TryMigrate(in NetworkPath to, Instant now)
    {
        if (_isServer || TryAddPath(to, now) is not { } path)
        {
            return false;
        }
        if (path != _active)
        {
            Activate(path, byPeer: false, now);
        }
        return true;
    }

    /// <summary>Whether the peer is known to answer there.</summary>
    public bool IsValidated(in NetworkPath path) => FindPath(path) is { IsValidated: true, IsValidating: false };

    /// <summary>The peer is known to be there, though perhaps not that the path carries 1,200 bytes (RFC 9000 §8.2.1).</summary>
    internal bool IsAtAddress(in NetworkPath path) => FindPath(path) is { IsValidated: true };

    /// <summary>The carrier could not send a datagram of this size there.</summary>
    public void OnTooLarge(in NetworkPath path, int size, Instant now) => FindPath(path)?.Mtu.OnTooLarge(size, now);

    private ConnectionPath? TryAddPath(in NetworkPath to, Instant now)
    {
        if (!_isConfirmed || State != ConnectionState.Established || _peer!.DisableActiveMigration)
        {
            return null;
        }
        if (FindPath(to) is { } known)
        {
            if (!known.IsValidated && !known.IsValidating)
            {
                StartValidation(known, now);
            }
            return known;
        }
        if (AddPath(to, now) is not { } path)
        {
            return null;
        }
        StartValidation(path, now);
        return path;
    }

    private ConnectionPath? FindPath(in NetworkPath address)
    {
        if (_active.Address == address)
        {
            return _active;
        }
        foreach (var path in _paths)
        {
            if (path.Address == address)
            {
                return path;
            }
        }
        return null;
    }

    private ConnectionPath? PathOf(long number) => _paths.Find(path => path.Number == number);

    /// <summary>An authentic packet came from somewhere else.</summary>
    private ConnectionPath? AddPathOfPeer(in NetworkPath from, int datagramLength, Instant now)
    {
        if (AddPath(from, now) is not { } path)
        {
            return null;
        }
        path.Received += datagramLength;
        return path;
    }

    private ConnectionPath? AddPath(in NetworkPath address, Instant now)
    {
        if (_paths.Count >= MaxPaths && !TryMakeRoom())
        {
            return null;
        }
        // §9.5: an ID of its own, where the peer gave us one.
        var hasId = _peerIds.TryTake(out var id);
        if (!hasId && !_isServer)
        {
            return null;
        }
        // §9.4: only the port changed, as when a NAT forgot us: the same way with the same capacity.
        var isRebinding = _isServer && IsSamePlace(address, _active.Address);
        var recovery = isRebinding ? _active.Recovery : NewRecovery(now);
        var number = isRebinding ? _active.Number : NumberOf(recovery);
        if (number < 0)
        {
            if (hasId)
            {
                _ = _peerIds.Retire(id.Sequence);
            }
            return null;
        }
        var path = new ConnectionPath(address, number, recovery, hasId ? id : _active.Peer, LargestDatagram)
        {
            IsOurs = !_isServer,
        };
        _paths.Add(path);
        return path;
    }

    private static bool IsSamePlace(in NetworkPath a, in NetworkPath b) =>
        a.Carrier == b.Carrier && a.Address == b.Address && a.Scope == b.Scope;

    /// <summary>Recovery's number for a path: a free one, or a new one.</summary>
    private int NumberOf(RecoveryPath recovery)
    {
        for (var number = 0; number < _recovery.PathCount; number++)
        {
            if (PathOf(number) is null && _recovery.TryReplacePath(number, recovery))
            {
                return number;
            }
        }
        return _recovery.AddPath(recovery);
    }

    /// <summary>
    /// Lets a path go: the one used least recently, of those that never led anywhere first. The one to which we would go
    /// back stays, whatever an attacker sends from everywhere.
    /// </summary>
    private bool TryMakeRoom()
    {
        ConnectionPath? oldest = null;
        foreach (var path in _paths)
        {
            if (path == _active || path == LastGood)
            {
                continue;
            }
            if (
                oldest is null
                || (path.IsValidated, path.LastUsed).CompareTo((oldest.IsValidated, oldest.LastUsed)) < 0
            )
            {
                oldest = path;
            }
        }
        if (oldest is not null)
        {
            Remove(oldest);
        }
        return oldest is not null;
    }

    private void Remove(ConnectionPath path)
    {
        _paths.Remove(path);
        if (!_paths.Exists(other => other.Peer.Sequence == path.Peer.Sequence))
        {
            _ = _peerIds.Retire(path.Peer.Sequence);
        }
    }

    private void StartValidation(ConnectionPath path, Instant now)
    {
        _qlog?.Path(path.Address, "probing_started", now);
        path.ChallengeDue = true;
        path.ChallengeAgainAt = Instant.Never;
        // §8.2.4: three PTO, and no less than with the round trip that nothing is known of.
        path.ValidateUntil = now + (Longer(ProbeTimeout, new RttEstimator().Probe) * 3);
    }

    private void OnPathResponse(ulong data, Instant now)
    {
        // §8.2.3: whichever way the answer came, it is the challenged path that works.
        foreach (var path in _paths)
        {
            if (!path.IsAnswer(data))
            {
                continue;
            }
            if (path.ChallengedSmall)
            {
                // §8.2.1: it may not carry datagrams of 1,200 bytes; ask again with one.
                Validated(path, now);
                StartValidation(path, now);
                path.ChallengedSmall = false;
                return;
            }
            Validated(path, now);
            path.ValidateUntil = path.ChallengeAgainAt = Instant.Never;
            path.ChallengeDue = false;
            Counters.PathsValidated++;
            _qlog?.Path(path.Address, "probing_successful", now);
            Raise(new ConnectionEvent.PathValidated(path.Address));
            return;
        }
    }

    private void Validated(ConnectionPath path, Instant now)
    {
        if (!path.IsValidated)
        {
            path.IsValidated = true;
            UpdateAmplification(now);
        }
    }

    /// <summary>The peer sent more than a probe from there (§9.3).</summary>
    private void OnPeerMoved(ConnectionPath path, Instant now)
    {
        var before = _active;
        Activate(path, byPeer: true, now);
        if (!path.IsValidated && !path.IsValidating)
        {
            StartValidation(path, now);
        }
        // §9.3.3: an attacker may have copied a packet to there; whoever is still here will say so.
        if (before.IsValidated)
        {
            StartValidation(before, now);
        }
    }

    private void Activate(ConnectionPath path, bool byPeer, Instant now)
    {
        _active = path;
        Counters.Migrations++;
        _qlog?.Path(path.Address, path.IsValidated ? "migration_complete" : "migration_started", now);
        _recovery.Activate(path.Number, now);
        _pacedUntil = Instant.Never;
        path.ObservedDue = ProvidesAddresses;
        UpdateAmplification(now);
        Raise(new ConnectionEvent.PathChanged(path.Address, byPeer));
    }

    private void TimePaths(Instant now)
    {
        for (var at = _paths.Count - 1; at >= 0; at--)
        {
            var path = _paths[at];
            if (now >= path.ValidateUntil)
            {
                OnValidationFailed(path, now);
            }
            else if (now >= path.ChallengeAgainAt)
            {
                path.ChallengeDue = true;
                path.ChallengeAgainAt = Instant.Never;
            }
        }
    }

    private void OnValidationFailed(ConnectionPath path, Instant now)
    {
        path.ValidateUntil = path.ChallengeAgainAt = Instant.Never;
        path.ChallengeDue = false;
        path.Invalidate();
        Counters.PathsFailed++;
        _qlog?.Path(path.Address, "probing_abandoned", now);
        Raise(new ConnectionEvent.PathFailed(path.Address));
        if (path != _active)
        {
            Remove(path);
            return;
        }
        // §9.3.2: back to the last place where the peer was known to be; without one the idle time-out ends it.
        if (LastGood is { } back && back != path)
        {
            Activate(back, byPeer: false, now);
            Remove(path);
        }
        else if (!_isServer)
        {
            // Its packets may be what is lost, not the path: nothing better is known.
            path.IsValidated = true;
        }
    }

    private TransportErrorCode OnNewConnectionId(scoped in Frame frame)
    {
        var token = ResetToken.Read(frame.Data);
        var error = _peerIds.OnNew(frame.Sequence, frame.RetirePriorTo, frame.ConnectionId, token);
        // §5.1.2: paths whose ID was retired go on with another.
        foreach (var path in _paths)
        {
            if (error == TransportErrorCode.NoError && !_peerIds.IsKnown(path.Peer.Sequence))
            {
                path.Peer = _peerIds.TryTake(out var id) ? id : path.Peer;
            }
        }
        return error;
    }

    private void CheckMtu(Instant now)
    {
        var before = _active.Mtu.Current;
        if (_active.Mtu.CheckBlackHole(_active.Recovery.LargeLosses, now))
        {
            _qlog?.Mtu(before, _active.Mtu.Current, now);
            _active.Recovery.LargeLosses = 0;
        }
    }

    private void UpdateAmplification(Instant now) =>
        _recovery.SetAmplificationLimited(_active.Budget < LossDetection.SmallestPath, now);

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
