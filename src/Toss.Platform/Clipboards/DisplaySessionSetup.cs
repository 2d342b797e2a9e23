using System.Threading.Channels;
using Toss.Core.Clips;

namespace Toss.Platform.Clipboards;

/// <summary>What a session works with: times, what ends its waits, what it is told to do, and whom it tells.</summary>
internal sealed record DisplaySessionSetup(
    ClipboardTiming Timing,
    WakeEvent Wake,
    ChannelReader<ClipboardCommand> Commands,
    Action<Snapshot> Report
);
