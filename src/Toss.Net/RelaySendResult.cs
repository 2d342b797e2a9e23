using Toss.Core.Ports;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>A relay's answer to an envelope, as the port says it.</summary>
internal static class RelaySendResult
{
    /// <summary>Null if no answer came.</summary>
    public static SendResult Of(RelayAnswered? answered) =>
        new(
            answered?.Answer switch
            {
                null => SendStatus.NoPath,
                RelayAnswer.Accepted => SendStatus.Accepted,
                RelayAnswer.NotAllowed => SendStatus.NotAllowed,
                RelayAnswer.MailboxFull or RelayAnswer.SenderQuota => SendStatus.Full,
                RelayAnswer.TooLarge => SendStatus.TooLarge,
                RelayAnswer.Away => SendStatus.Away,
                _ => SendStatus.Refused,
            },
            answered?.RetryAfter
        );
}
