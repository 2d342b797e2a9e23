using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Toss.Benchmarks;

/// <summary>
/// The least a relay can do: takes a whole message from one WebSocket, holds it in memory, hands it to the other. No
/// keys, no disk.
/// </summary>
internal static class EchoServer
{
    private const int MaxMessage = 2 * 1024 * 1024;

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var receiver = new TaskCompletionSource<WebSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            if (context.Request.Path == "/receive")
            {
                receiver.SetResult(socket);
                // It never speaks: this waits for its end.
                await socket.ReceiveAsync(new byte[1].AsMemory(), context.RequestAborted);
                return;
            }
            var to = await receiver.Task;
            var message = new byte[MaxMessage];
            while (await ReadAsync(socket, message) is { } length)
            {
                await to.SendAsync(message.AsMemory(0, length), WebSocketMessageType.Binary, true, default);
            }
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Console.WriteLine(address.Addresses.First());
        await app.WaitForShutdownAsync();
    }

    /// <summary>One whole message; null at the end.</summary>
    public static async Task<int?> ReadAsync(WebSocket socket, byte[] message)
    {
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(message.AsMemory(length), default);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }
            if (part.EndOfMessage)
            {
                return length;
            }
        }
    }
}
