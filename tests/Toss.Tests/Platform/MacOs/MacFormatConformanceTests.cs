using Toss.Core.Ports;
using Toss.Platform.Clipboards.MacOs;
using Toss.Testing.Platform;
using Toss.Testing.Platform.MacOs;

namespace Toss.Tests.Platform.MacOs;

public sealed class MacFormatConformanceTests : FormatConformance
{
    private readonly RecordedPasteboard _pasteboard = new();

    protected override IReadOnlyList<ForeignProgram> Programs => [MacProgram.On(_pasteboard)];

    protected override ValueTask<IClipboard> CreateAsync() =>
        ValueTask.FromResult<IClipboard>(new MacClipboard(() => _pasteboard, MacDesktop.Eager));
}
