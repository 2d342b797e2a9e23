using Toss.Control;

namespace Toss.Cli.Daemon;

/// <summary>What `toss up` needs of the operating system; a test's is in memory.</summary>
internal interface IDaemonLauncher
{
    /// <summary>Returns a task that ends when the daemon's process does: it must not, before it is ready.</summary>
    Task Start(DaemonOptions options);

    /// <summary>What a daemon that ended early left to say.</summary>
    ControlError? ReadStartupError();
}
