using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// What devices tell one another beside clips: sealed like them, but without a row and without a receipt. What is lost is
/// said again when it still matters.
/// </summary>
internal sealed class Signals(AgentPorts ports, Device device, SealStep sealing)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<Signals>();

    /// <summary>A peer said something; whoever knows what it means takes it, and waits for nothing.</summary>
    public event Action<DeviceId, EnvelopePlaintext>? Heard;

    public static bool AreIn(EnvelopePlaintext.BodyOneofCase body) =>
        body
            is EnvelopePlaintext.BodyOneofCase.Candidates
                or EnvelopePlaintext.BodyOneofCase.BlobRequest
                or EnvelopePlaintext.BodyOneofCase.BlobAnswer
                or EnvelopePlaintext.BodyOneofCase.Secret
                or EnvelopePlaintext.BodyOneofCase.SecretGone;

    public void Hear(DeviceId peer, EnvelopePlaintext said) => Heard?.Invoke(peer, said);

    /// <param name="timeToLive">How long it may wait in a mailbox; zero tells only who is there.</param>
    public async ValueTask SendAsync(
        DeviceId to,
        EnvelopePlaintext said,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (device.Circle.Peer(to) is not { } peer)
        {
            return;
        }
        try
        {
            var sealedNow = await sealing.SealAsync(
                peer,
                sealing.NewMessageId(),
                said,
                StoreStep.SealUnqueued,
                _ => [],
                cancellation
            );
            if (sealedNow.Status == SealStatus.Sealed)
            {
                await ports.Network.SendAsync(to, sealedNow.Envelope, timeToLive, cancellation);
            }
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("A signal", failure);
        }
    }
}
