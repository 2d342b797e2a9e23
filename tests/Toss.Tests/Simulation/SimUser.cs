using System.Text;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>What tests do with a device of the simulated world that has one peer: as its user, by its control API.</summary>
internal static class SimUser
{
    /// <summary>A text of so many bytes that nothing compresses.</summary>
    public static string Large(int length) => Convert.ToHexString(TestContent.Noise(length / 2));

    /// <summary>For <see cref="SimDevice.Plant"/>: notes the steps that the device's store commits from its next start on.</summary>
    public static Func<AgentPorts, AgentPorts> Noting(List<StoreStep> steps) =>
        ports =>
            ports with
            {
                Store = Interposed<IAgentStore>.Between(
                    ports.Store,
                    (call, arguments, goOn) =>
                    {
                        if (call == nameof(IAgentStore.CommitAsync))
                        {
                            steps.Add((StoreStep)arguments[0]!);
                        }
                        return goOn();
                    }
                ),
            };

    public static void Copy(SimDevice device, string text) =>
        Assert.NotNull(
            device
                .Call(control =>
                    control.CopyAsync("text/plain", new MemoryStream(Encoding.UTF8.GetBytes(text)), false, default)
                )
                ?.Clip
        );

    /// <summary>Large content comes at once, without a paste.</summary>
    public static void FetchesAtOnce(params SimDevice[] devices)
    {
        foreach (var device in devices)
        {
            device.Call(control => control.SetConfigAsync("fetch-direct", "64", default));
            device.Call(control => control.SetConfigAsync("fetch-relayed", "64", default));
        }
    }

    /// <summary>What `toss paste` gives; null if nothing of this type is there, or it does not come.</summary>
    public static byte[]? Paste(SimDevice device, string? mediaType = null) =>
        device.Call(async control =>
        {
            if (await control.PasteAsync(mediaType, null, default) is not { } paste)
            {
                return null;
            }
            await using (paste.Content)
            {
                return await ReadAsync(paste.Content);
            }
        });

    /// <summary>To its end. The runtime's own copying would leave the simulation's scheduler.</summary>
    public static async Task<byte[]> ReadAsync(Stream stream)
    {
        var (content, buffer) = (new MemoryStream(), new byte[64 * 1024]);
        for (int read; (read = await stream.ReadAsync(buffer)) > 0; )
        {
            content.Write(buffer, 0, read);
        }
        return content.ToArray();
    }

    /// <summary>The kind of path that status says of the peer.</summary>
    public static string? PathOf(SimDevice device) => PathTo(device)?.Kind;

    public static PathStatus? PathTo(SimDevice device) =>
        device.Call(control => control.GetStatusAsync(default))?.Peers.SingleOrDefault()?.Path;
}
