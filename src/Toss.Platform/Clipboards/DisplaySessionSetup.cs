using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards;

/// <summary>
/// What a session works with: times, what ends its waits, what it is told to do, whom it tells, and where it puts what is too
/// large for memory.
/// </summary>
internal sealed record DisplaySessionSetup(
    ClipboardTiming Timing,
    WakeEvent Wake,
    ChannelReader<ClipboardCommand> Commands,
    Action<Snapshot> Report,
    IContentSpool? Spool
);
