using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>How the large content of a copy is sealed.</summary>
/// <param name="MostFiles">Bytes of copied files that are read.</param>
/// <param name="IsNear">Everybody it goes to is in this network: to deflate it would take longer than to carry it.</param>
/// <param name="Overtaken">Something else was copied: what takes long is not worth it any more.</param>
internal readonly record struct SealingTerms(long MostFiles, bool IsNear, CancellationToken Overtaken)
{
    public static SealingTerms Now(
        AgentPorts ports,
        Device device,
        AgentSettings settings,
        CancellationToken overtaken
    ) =>
        new(
            settings.MaxCopiedFiles,
            device.Circle.Peers.Count > 0
                && device.Circle.Peers.All(peer => ports.Network.PathTo(peer.Device)?.Kind == PeerPathKind.Lan),
            overtaken
        );
}
