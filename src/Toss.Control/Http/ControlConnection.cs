using System.IO.Pipes;
using System.Net.Sockets;

namespace Toss.Control.Http;

/// <summary>Opens the socket of an agent: a Unix domain socket, or on Windows a named pipe (`\\.\pipe\…`).</summary>
internal static class ControlConnection
{
    private const string PipePrefix = @"\\.\pipe\";

    /// <summary>A local agent takes a connection at once or not at all; this only ends a wait for a stuck one.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A pipe that is not there is waited for; an agent that is there has one free again within a moment.</summary>
    private static readonly TimeSpan PipePatience = TimeSpan.FromMilliseconds(250);

    public static async ValueTask<Stream> OpenAsync(string address, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(ConnectTimeout);
        try
        {
            return address.StartsWith(PipePrefix, StringComparison.Ordinal)
                ? await OpenPipeAsync(address[PipePrefix.Length..], limited.Token)
                : await OpenSocketAsync(address, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ControlException(
                ControlErrors.NoDaemon,
                "the toss agent does not answer",
                "run `toss logs`, or end its process and run `toss up`"
            );
        }
        // A path that is too long for a socket, or a folder that is not ours, is no agent either.
        catch (Exception failure)
            when (failure is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw NotRunning();
        }
    }

    public static ControlException NotRunning() =>
        new(ControlErrors.NoDaemon, "toss is not running on this device", "run `toss up`");

    private static async Task<Stream> OpenSocketAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> OpenPipeAsync(string name, CancellationToken cancellation)
    {
        // CurrentUserOnly: a pipe somebody else made under our name is refused.
        var pipe = new NamedPipeClientStream(
            ".",
            name,
            PipeDirection.InOut,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly
        );
        try
        {
            await pipe.ConnectAsync(PipePatience, cancellation);
            return pipe;
        }
        catch (TimeoutException)
        {
            await pipe.DisposeAsync();
            throw NotRunning();
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }
}
