using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Secrets beside the path of other clips: no row, no history, no receipt. They go to peers that are there, live on a
/// clipboard for a minute, and go everywhere when they are gone where they were copied. What is here is in memory only.
/// </summary>
internal sealed class SecretHolder(
    AgentPorts ports,
    Device device,
    Signals signals,
    PeerPresence presence,
    ClipApplier applier,
    Stages stages
)
{
    /// <summary>How long a secret stays on clipboards: as long as password managers leave it there, or a little longer.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(60);

    /// <summary>Words of the end of a secret that are remembered.</summary>
    private const int MostGone = 16;

    /// <summary>A clipboard whose owner hangs is not waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Taken up at a time; who sends more secrets at once is no person.</summary>
    private const int MostHeard = 64;

    private readonly ILogger _log = ports.Logs.CreateLogger<SecretHolder>();
    private readonly Wake _wake = new(ports.Time);

    private readonly SortedDictionary<DeviceId, Task> _telling = [];
    private readonly Queue<(DeviceId Peer, EnvelopePlaintext Said)> _heard = new();

    // What was copied here, who has it of us, and until when; what we have of a peer.
    private (Clip Clip, List<DeviceId> Peers, DateTimeOffset Until)? _given;
    private (Clip Clip, DeviceId From, DateTimeOffset Until)? _held;

    // What was said to be gone, which may come later by a slower way.
    private readonly Queue<ByteString> _gone = new();
    private ContentFingerprint? _givenContent;

    // As long as the agent, not as a command that copied something.
    private CancellationToken _running;

    /// <summary>Stages 3 to 6 of a secret: stamped and signed, nowhere recorded, and sent to whoever is there now.</summary>
    public ShareResult Share(ClipId id, ClipContent content)
    {
        var stamp = device.Stamps.Next(device.CircleNow);
        var clip = ClipWriter.Sign(
            device.Key,
            device.Circle.Id,
            id,
            stamp,
            Sensitivity.Secret,
            [
                .. content.Representations.Select(one => new Representation(
                    one.MediaType,
                    one.Bytes.Length,
                    one.Bytes,
                    null
                )),
            ]
        );
        var distribute = stages.Begin(Stages.Distribute, id);
        var peers = Distribution.Recipients(device.Circle, device.Rules, content).Where(presence.IsOnline).ToList();
        distribute.Note = $"secret, {peers.Count} peers";
        distribute.Dispose();
        _given = (clip, peers, device.SteadyNow + Life);
        _givenContent = ContentFingerprint.Of(content.Representations);
        _held = null;
        device.SecretClaim = stamp;
        Tell(peers, () => new EnvelopePlaintext { Secret = clip.Signed });
        _log.SecretShared(id.Short, peers.Count);
        _wake.Ring();
        return new ShareResult(AdmitVerdict.Admitted, clip, null, peers.Count);
    }

    /// <summary>The secret that was copied here and is not over; null if there is none.</summary>
    public Clip? Own => _given?.Clip;

    public bool IsAt(DeviceId peer) => _given?.Peers.Contains(peer) == true;

    /// <summary>`toss send`: to these too, of which those are told that are there and do not have it yet.</summary>
    public IReadOnlyList<DeviceId> Send(IEnumerable<DeviceId> peers)
    {
        if (_given is not { } given)
        {
            return [];
        }
        var told = peers.Where(peer => presence.IsOnline(peer) && !given.Peers.Contains(peer)).ToList();
        Tell(told, () => new EnvelopePlaintext { Secret = given.Clip.Signed });
        given.Peers.AddRange(told);
        return told;
    }

    /// <summary>
    /// Something else is on the clipboard than was, or nothing: what peers have of us is cleared at its source. The password
    /// manager did that, or a person copied something else. Nothing has changed if it is the secret itself that is seen again.
    /// </summary>
    public void SourceChanged(Snapshot now)
    {
        if (
            _given is not { } given
            || (!now.IsCleared && _givenContent?.Says(ContentFingerprint.Of(now.Representations)) == true)
        )
        {
            return;
        }
        _given = null;
        device.SecretClaim = _held is null ? null : device.SecretClaim;
        var id = ByteString.CopyFrom(given.Clip.Id.ToBytes());
        Tell(
            given.Peers.Where(presence.IsOnline),
            () => new EnvelopePlaintext { SecretGone = new SecretGone { ClipId = id } }
        );
    }

    /// <summary>`toss copy` brought it: it is on this clipboard because we put it there, and we take it away.</summary>
    public async ValueTask ShowOwnAsync(Clip secret)
    {
        // Before it is there: the command that brought it may end, and the secret is to go all the same.
        _held = (secret, device.Id, device.SteadyNow + Life);
        _wake.Ring();
        if (!await applier.ShowSecretAsync(secret, _running) && _held?.Clip.Id == secret.Id)
        {
            _held = null;
        }
    }

    /// <summary>A peer sent a secret, or says that one is gone: taken up in turn.</summary>
    public void Hear(DeviceId peer, EnvelopePlaintext said)
    {
        if (
            said.BodyCase is EnvelopePlaintext.BodyOneofCase.Secret or EnvelopePlaintext.BodyOneofCase.SecretGone
            && _heard.Count < MostHeard
        )
        {
            _heard.Enqueue((peer, said));
            _wake.Ring();
        }
    }

    /// <summary>
    /// A secret that an earlier run put on the clipboard, and did not live to take away. Its mark says whose it is.
    /// </summary>
    public async ValueTask ResumeAsync(CancellationToken cancellation)
    {
        if (await ports.Clipboard.ReadAsync(cancellation) is { Concealed: true, Origin: { } ours })
        {
            await ports.Clipboard.ClearAsync(ours, cancellation);
        }
    }

    /// <summary>Takes each secret away when its time is over, until cancelled; then takes away what is there.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        _running = cancellation;
        try
        {
            while (true)
            {
                while (_heard.TryDequeue(out var heard))
                {
                    try
                    {
                        await TakeInAsync(heard.Peer, heard.Said, cancellation);
                    }
                    catch (StoreException failure)
                    {
                        _log.WorkFailed("Taking in a secret", failure);
                    }
                }
                var now = device.SteadyNow;
                if (_held is { } held && held.Until <= now)
                {
                    await ClearAsync();
                }
                if (_given is { } given && given.Until <= now)
                {
                    _given = null;
                    device.SecretClaim = null;
                }
                var next = _held?.Until ?? _given?.Until;
                await (next is { } until ? _wake.WaitAsync(until - now, cancellation) : _wake.WaitAsync(cancellation));
            }
        }
        finally
        {
            await Task.WhenAll(_telling.Values);
            if (_held is not null)
            {
                await ClearAsync();
            }
        }
    }

    /// <summary>Only its origin may send a secret, and say that it is gone.</summary>
    private async ValueTask TakeInAsync(DeviceId peer, EnvelopePlaintext said, CancellationToken cancellation)
    {
        if (said.SecretGone is { } gone)
        {
            _gone.Enqueue(gone.ClipId);
            if (_gone.Count > MostGone)
            {
                _gone.Dequeue();
            }
            if (_held is { } held && held.From == peer && gone.ClipId.Span.SequenceEqual(held.Clip.Id.ToBytes()))
            {
                await ClearAsync();
            }
            return;
        }
        if (
            !ClipWriter.TryRead(said.Secret, device.Circle.Id, out var secret)
            || secret.Sensitivity != Sensitivity.Secret
            || secret.Origin != peer
            || secret.Blobs.Any()
            || !StampClock.IsPlausible(secret.Stamp, device.CircleNow)
            || _gone.Contains(ByteString.CopyFrom(secret.Id.ToBytes()))
            // Nor one that a rule keeps out. It is not asked for either: it would have to be kept until somebody answers.
            || !device.Takes(secret)
        )
        {
            _log.SecretNotTaken(peer.Short);
            return;
        }
        // Its minute began where it was copied; what was long on the way is over when it comes.
        var age = device.CircleNow - DateTimeOffset.FromUnixTimeMilliseconds(secret.Stamp.UnixMilliseconds);
        device.Stamps.Observe(secret.Stamp, device.CircleNow);
        // Whether anything is newer is looked at when its turn has come, and again after it: a person may copy meanwhile.
        if (age < Life && await applier.ShowSecretAsync(secret, cancellation) && !(device.SecretClaim > secret.Stamp))
        {
            _given = null;
            device.SecretClaim = secret.Stamp;
            _held = (secret, peer, device.SteadyNow + Life - (age > TimeSpan.Zero ? age : TimeSpan.Zero));
        }
    }

    /// <summary>To each peer by itself and in order: one whose path hangs holds up nobody.</summary>
    private void Tell(IEnumerable<DeviceId> peers, Func<EnvelopePlaintext> say)
    {
        foreach (var peer in peers)
        {
            _telling[peer] = TellAsync(_telling.GetValueOrDefault(peer), peer, say());
        }
    }

    private async Task TellAsync(Task? before, DeviceId peer, EnvelopePlaintext said)
    {
        try
        {
            await (before ?? Task.CompletedTask);
            await signals.SendAsync(peer, said, TimeSpan.Zero, _running);
        }
        catch (OperationCanceledException)
        {
            // The agent ends, and a secret is not kept for later.
        }
        catch (Exception failure)
        {
            // What is said next is not to fail for it.
            _log.WorkFailed("Telling a peer of a secret", failure);
        }
    }

    /// <summary>Secrets are never blobs.</summary>
    private static ClipContent ContentOf(Clip secret) =>
        new(
            [.. secret.Representations.Select(one => new ContentRepresentation(one.MediaType, one.Inline!.Value))],
            secret.Sensitivity
        );

    private async ValueTask ClearAsync()
    {
        var secret = _held!.Value.Clip;
        var origin = secret.Id.ToBytes();
        _held = null;
        device.SecretClaim = null;
        await PatientlyAsync(patience => ports.Clipboard.ClearAsync(origin, patience));
        if (await IsTakenOverAsync(secret))
        {
            // Taken back, and cleared: in this order also where the clipboard comes to it only when we have gone on.
            await PatientlyAsync(async patience =>
                await ports.Clipboard.ApplyAsync(ContentOf(secret), origin, patience)
            );
            await PatientlyAsync(patience => ports.Clipboard.ClearAsync(origin, patience));
        }
        device.Echo.HoldsNothing();
        _log.SecretCleared(secret.Id.Short);
    }

    /// <summary>A clipboard manager that takes over whatever it sees may hold it now, perhaps without our mark.</summary>
    private async ValueTask<bool> IsTakenOverAsync(Clip secret)
    {
        Snapshot? there = null;
        await PatientlyAsync(async patience => there = await ports.Clipboard.ReadAsync(patience));
        return there is not null
            && ContentFingerprint
                .Of(there.Representations)
                .Says(ContentFingerprint.Of(ContentOf(secret).Representations));
    }

    /// <summary>A clipboard whose owner hangs is not waited for: it does what it was asked when it comes to it.</summary>
    private async ValueTask PatientlyAsync(Func<CancellationToken, ValueTask> ask)
    {
        using var patience = new CancellationTokenSource(Patience, ports.Time);
        try
        {
            await ask(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Whatever it is told next comes after this.
        }
    }
}
