using Toss.Control;

namespace Toss.Ui.Home;

/// <summary>Where the current clip is, device by device, as far as this one knows. What is not known is not said to be so.</summary>
/// <param name="Word">A name of <see cref="Texts.Words"/>.</param>
public readonly record struct Whereabouts(string Word, Tone Tone)
{
    public static Whereabouts Of(HistoryEntry clip, WatchedDevice device)
    {
        if (clip.Origin.Id == device.Id)
        {
            return new(device.Self ? "at.copied-here" : "at.copied-there", Tone.Good);
        }
        if (device.Self)
        {
            return OfThis(clip.State);
        }
        return clip.Deliveries.FirstOrDefault(delivery => delivery.Id == device.Id) is { } delivery
            ? OfDelivery(delivery, device)
            // Who copied it sent it; this device sees only what it sends itself.
            : new("at.unknown", Tone.Quiet);
    }

    private static Whereabouts OfThis(string state) =>
        state switch
        {
            "incomplete" => new("at.coming", Tone.Waiting),
            "offered" => new("at.offered-here", Tone.Good),
            "lost" => new("at.lost", Tone.Bad),
            _ => new("at.here", Tone.Good),
        };

    private static Whereabouts OfDelivery(HistoryDelivery delivery, WatchedDevice device) =>
        delivery.State switch
        {
            "applied" => new("at.applied", Tone.Good),
            "kept" => new("at.kept", Tone.Good),
            "offered" => new("at.offered", Tone.Good),
            "refused" => new(OfRefusal(delivery.Reason), Tone.Bad),
            "expired" => new("at.expired", Tone.Bad),
            "sent" => new(device.Online ? "at.sent" : "at.left", Tone.Waiting),
            _ => new(device.Online ? "at.leaving" : "at.away", Tone.Waiting),
        };

    private static string OfRefusal(string? reason) =>
        reason switch
        {
            "too-large" => "at.refused-too-large",
            "paused" => "at.refused-paused",
            "not-wanted" => "at.refused-rule",
            "storage-full" => "at.refused-full",
            "cancelled" => "at.refused-cancelled",
            _ => "at.refused",
        };
}
