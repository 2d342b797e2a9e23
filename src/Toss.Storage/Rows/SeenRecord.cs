using Toss.Wire;

namespace Toss.Storage.Rows;

/// <summary>What a list needs of a clip's record, in place.</summary>
/// <param name="MediaType">Of its first format, UTF-8.</param>
/// <param name="Text">Its preview, UTF-8.</param>
internal readonly record struct SeenRecord(
    DeviceId Origin,
    Sensitivity Sensitivity,
    ReadOnlyMemory<byte> MediaType,
    ReadOnlyMemory<byte> Text
);
