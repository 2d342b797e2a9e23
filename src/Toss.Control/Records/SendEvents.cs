using System.Text.Json.Serialization;

namespace Toss.Control;

/// <param name="Paths">Files and folders on this machine, absolute.</param>
/// <param name="Device">Named as for <see cref="IControl.UnpairAsync"/>; null is every other device.</param>
public sealed record SendFilesRequest(IReadOnlyList<string> Paths, string? Device);

/// <param name="Files">In the order in which their bytes follow; a folder before what is in it, and once.</param>
/// <param name="Device">As above.</param>
public sealed record GivenFilesRequest(IReadOnlyList<GivenFile> Files, string? Device);

/// <summary>A file or a folder whose bytes are given.</summary>
/// <param name="Names">From the top of what is sent down to its own.</param>
/// <param name="Size">Of a file, in bytes; null is a folder.</param>
/// <param name="Modified">When it was changed last; null if nobody knows.</param>
public sealed record GivenFile(IReadOnlyList<string> Names, long? Size, DateTimeOffset? Modified = null);

/// <summary>
/// What becomes of files that are sent. <see cref="SendReading"/> while they are read, <see cref="SendSealed"/> once, then a
/// <see cref="SendDelivery"/> whenever that changes; the stream ends when every device has answered, or is away. A
/// <see cref="SendFailed"/> is the last.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(SendReading), "reading")]
[JsonDerivedType(typeof(SendSealed), "sealed")]
[JsonDerivedType(typeof(SendDelivery), "delivery")]
[JsonDerivedType(typeof(SendFailed), "failed")]
public abstract record SendEvent;

/// <summary>So many bytes of all files are read and encrypted.</summary>
public sealed record SendReading(int Files, int Folders, long Done, long Total) : SendEvent;

/// <summary>All of it is encrypted on this device, and on its way.</summary>
/// <param name="Clip">Its id in history.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="Skipped">What was left out, each with its reason: links, devices, what cannot be read.</param>
/// <param name="Changed">What changed while it was read.</param>
public sealed record SendSealed(
    string Clip,
    IReadOnlyList<string> Names,
    int Files,
    int Folders,
    long Bytes,
    IReadOnlyList<FileReport> Skipped,
    IReadOnlyList<FileReport> Changed
) : SendEvent;

public sealed record FileReport(string Path, string Why);

/// <summary>How far it is with one device.</summary>
/// <param name="State">`away`, `waiting`, `sending`, `received` (the files stand in its folder), `kept`, `refused`, `expired`.</param>
/// <param name="Reason">Of `refused` and `waiting`, if known.</param>
/// <param name="Transfer">Of `sending`.</param>
public sealed record SendDelivery(string Id, string Name, string State, string? Reason, TransferReport? Transfer)
    : SendEvent;

/// <summary>Code is one of <see cref="ControlErrors"/>.</summary>
public sealed record SendFailed(string Code, string Message, string? Hint) : SendEvent;
