namespace Toss.Control;

/// <summary>The screens in a browser, which the daemon serves to this computer alone, and only once somebody asked for them.</summary>
public interface IScreens
{
    /// <summary>An address that opens them once, within a minute. Whoever has it is in: it is a secret.</summary>
    /// <param name="link">A `toss://` link that they fill in where one joins; null for none.</param>
    Task<ScreensOpened> OpenScreensAsync(string? link, CancellationToken cancellation);

    /// <summary>Whether a browser opened the address that <see cref="OpenScreensAsync"/> gave, before the patience was over.</summary>
    Task<bool> WaitForScreensAsync(string url, TimeSpan patience, CancellationToken cancellation);

    /// <summary>Ends every session, and serves nothing any more until somebody asks again.</summary>
    Task CloseScreensAsync(CancellationToken cancellation);
}
