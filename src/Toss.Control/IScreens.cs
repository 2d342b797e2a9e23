namespace Toss.Control;

/// <summary>The screens in a browser, which the daemon serves to this computer alone, and only once somebody asked for them.</summary>
public interface IScreens
{
    /// <summary>An address that opens them once, within a minute. Whoever has it is in: it is a secret.</summary>
    Task<ScreensOpened> OpenScreensAsync(CancellationToken cancellation);

    /// <summary>Ends every session, and serves nothing any more until somebody asks again.</summary>
    Task CloseScreensAsync(CancellationToken cancellation);
}
