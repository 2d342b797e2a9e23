using System.Globalization;
using Toss.Control;
using Toss.Ui.Texts;

namespace Toss.Ui.Home;

/// <summary>What became of sending a copy, by names of devices.</summary>
/// <param name="Had">It was there, or on its way there.</param>
/// <param name="Kept">A rule of this device, or of who copied it, keeps it from them.</param>
public sealed record SendOutcome(IReadOnlyList<string> Sent, IReadOnlyList<string> Had, IReadOnlyList<string> Kept)
{
    /// <summary>To each by itself: one that may not have it keeps it from nobody else.</summary>
    /// <param name="clip">Of history; null is the current one.</param>
    /// <exception cref="ControlException">Not sent to anybody, for another reason than a rule.</exception>
    public static async Task<SendOutcome> ToAsync(
        IControl control,
        IEnumerable<WatchedDevice> devices,
        CancellationToken cancellation,
        string? clip = null
    )
    {
        var (sent, had, kept) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var device in devices)
        {
            try
            {
                var report = await control.SendAsync(new SendRequest(device.Id, clip), cancellation);
                sent.AddRange(report.Sent);
                had.AddRange(report.Had);
            }
            catch (ControlException failure) when (failure.Code is ControlErrors.ByRule or ControlErrors.TooLarge)
            {
                kept.Add(device.Name);
            }
        }
        return new SendOutcome(sent, had, kept);
    }

    public string Say(Words words)
    {
        (string Word, IReadOnlyList<string> Names)[] all = [("sent.to", Sent), ("sent.had", Had), ("sent.kept", Kept)];
        var separator = CultureInfo.CurrentCulture.TextInfo.ListSeparator + " ";
        var said = all.Where(one => one.Names.Count > 0)
            .Select(one => words[one.Word, string.Join(separator, one.Names)]);
        return string.Join(' ', said);
    }
}
