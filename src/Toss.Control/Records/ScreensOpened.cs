namespace Toss.Control;

/// <param name="Url">With a ticket that is good for one use.</param>
/// <param name="ExpiresAt">When the ticket is worth nothing any more.</param>
public sealed record ScreensOpened(string Url, DateTimeOffset ExpiresAt);

/// <param name="Used">Whether the address was opened.</param>
public sealed record ScreensWaited(bool Used);
