using System.Security.Cryptography.X509Certificates;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Net;
using Toss.Net.Links;
using Toss.Net.Mapping;
using Toss.Net.Mdns;
using Toss.Platform.Clipboards;
using Toss.Platform.Files;
using Toss.Platform.Hosting;
using Toss.Platform.Logins;
using Toss.Storage;
using Toss.Storage.Blobs;

namespace Toss.Cli.Daemon;

/// <summary>
/// The composition root: the one place that knows which store, network, clipboard and key store stand behind the
/// agent's ports. <see cref="DaemonRun"/> has made the folders and holds the instance lock when this is called.
/// </summary>
internal static class DaemonHost
{
    /// <summary>Names a PEM file of roots trusted beside the system's: for a relay at home with a certificate of its own.</summary>
    public const string ExtraRootsVariable = "TOSS_RELAY_CA";

    /// <summary>`off`: this device reaches others through relays only, and listens for nobody.</summary>
    public const string LinksVariable = "TOSS_LINKS";

    /// <summary>`off`: no router is asked to open a port.</summary>
    public const string RoutersVariable = "TOSS_PORT_MAPPING";

    public static async Task<RunningAgent> ComposeAsync(
        TossFolders folders,
        DaemonOptions options,
        ILoggerFactory logs,
        CancellationToken cancellation
    )
    {
        var random = SystemRandomSource.Instance;
        var time = TimeProvider.System;
        FaultClock.Replace(ref time);
        var log = logs.CreateLogger("Toss.Daemon");
        var (secrets, kind) = await DeviceKeys.OpenAsync(folders, random, cancellation);
        var cipher = new RecordCipher(secrets.StorageKey, random);
        var thread = new AgentThread();
        try
        {
            var store = await SqliteAgentStore.OpenAsync(
                Path.Combine(folders.Data, "toss.db"),
                cipher,
                cancellation: cancellation
            );
            var blobs = await FileBlobStore.OpenAsync(Path.Combine(folders.Data, "blobs"), cancellation);
            var choice = ClipboardSelector.Select(Environment.GetEnvironmentVariable, options.Headless);
            if (choice.Notice is { } notice)
            {
                DaemonHostLog.ClipboardNotice(log, notice);
            }
            var network = new PeerNetwork(time, random, NetworkFromEnvironment());
            var ports = new AgentPorts(store, blobs, choice.Clipboard, network, random, time, logs)
            {
                Files = new FileTrees(),
                Login = OperatingSystem.IsLinux() ? new PamLogin() : null,
            };
            var about = new AgentOptions(Environment.MachineName, ProductVersion.Text, Environment.ProcessId, kind)
            {
                Folder = folders.Data,
                ReceiveFolder = DownloadFolder.Find(),
                CopiedFolder = Path.Combine(folders.Data, "copied"),
                Log = DaemonFiles.Log(folders),
            };
            var agent = await thread.RunAsync(async () =>
                await DeviceAgent.StartAsync(ports, secrets, about, cancellation)
            );
            return Running(agent, thread, cipher, secrets);
        }
        catch (Exception failure)
        {
            thread.Dispose();
            cipher.Dispose();
            secrets.Dispose();
            throw failure switch
            {
                StoreException { Failure: StoreFailure.NewerVersion } newer => new ControlException(
                    ControlErrors.UpdateNeeded,
                    newer.Message,
                    "update toss; nothing was changed"
                ),
                StoreException store => new ControlException(ControlErrors.Storage, store.Message),
                _ => failure,
            };
        }
    }

    private static RunningAgent Running(
        DeviceAgent agent,
        AgentThread thread,
        RecordCipher cipher,
        DeviceSecrets secrets
    )
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void End()
        {
            if (agent.Failure is { } failure)
            {
                ended.TrySetException(failure);
            }
            else
            {
                ended.TrySetResult();
            }
        }
        agent.StopRequested += End;
        return new RunningAgent(
            new AgentControl(agent, thread),
            ended.Task,
            async () =>
            {
                await thread.RunAsync(async () =>
                {
                    await agent.DisposeAsync();
                    return true;
                });
                thread.Dispose();
                cipher.Dispose();
                secrets.Dispose();
            }
        )
        {
            BytesFreed = () => agent.BytesFreed,
        };
    }

    /// <summary>The system's network, as the environment wants it.</summary>
    public static NetworkOptions NetworkFromEnvironment() =>
        new()
        {
            ExtraRoots = ExtraRoots(),
            Links = UsesLinks() ? new UdpLinkSockets() : null,
            Multicast = UsesLinks() ? new UdpMulticastSockets() : null,
            Routers = IsOn(RoutersVariable, "off asks no router to open a port") ? new UdpRouterSockets() : null,
        };

    private static bool UsesLinks() => IsOn(LinksVariable, "off reaches other devices through relays only");

    private static bool IsOn(string variable, string hint) =>
        Environment.GetEnvironmentVariable(variable) switch
        {
            null or "" or "on" => true,
            "off" => false,
            _ => throw new ControlException(ControlErrors.InvalidConfig, $"{variable}: on or off is needed", hint),
        };

    private static X509Certificate2Collection? ExtraRoots()
    {
        if (Environment.GetEnvironmentVariable(ExtraRootsVariable) is not { Length: > 0 } path)
        {
            return null;
        }
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(path);
            return roots;
        }
        catch (Exception failure)
            when (failure
                    is IOException
                        or UnauthorizedAccessException
                        or System.Security.Cryptography.CryptographicException
            )
        {
            throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{ExtraRootsVariable}: {path} cannot be read as PEM certificates",
                "name a file that holds the relay's certificate, or its root, as PEM"
            );
        }
    }
}
