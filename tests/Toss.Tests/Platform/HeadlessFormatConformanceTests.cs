using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Headless;
using Toss.Testing.Platform;
using Toss.Wire;

namespace Toss.Tests.Platform;

public sealed class HeadlessFormatConformanceTests : FormatConformance
{
    private readonly HeadlessClipboard _headless = new();

    protected override IReadOnlyList<ForeignProgram> Programs =>
        [
            new(
                "a test",
                _ => true,
                content =>
                {
                    _headless.Copy(new ClipContent([content], Sensitivity.Normal));
                    return Task.CompletedTask;
                },
                async mediaType =>
                    (await _headless.ReadAsync(CancellationToken.None))!
                        .Representations.Single(one => one.MediaType == mediaType)
                        .Bytes.ToArray()
            ),
        ];

    protected override ValueTask<IClipboard> CreateAsync() => ValueTask.FromResult<IClipboard>(_headless);
}
