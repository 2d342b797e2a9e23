namespace Toss.Cli.Daemon;

/// <param name="Headless">`--headless`: do not look for a desktop; the clipboard is a place in memory that `toss copy` and `toss paste` reach.</param>
internal sealed record DaemonOptions(bool Headless);
