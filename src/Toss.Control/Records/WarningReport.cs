namespace Toss.Control;

/// <summary>Something that weakens this device, as long as it does.</summary>
/// <param name="Code">One of <see cref="WarningCodes"/>: stays, and screens say it in their own language.</param>
/// <param name="Message">The same in words, English.</param>
/// <param name="Device">The name of the device that it is about; null if it is this one.</param>
/// <param name="Minutes">How far that clock is off; null unless it is about one.</param>
public sealed record WarningReport(string Code, string Message, string? Device = null, int? Minutes = null);
