namespace Toss.Transport.Mdns;

/// <summary>What one instance of a service shows: nothing that lasts. Its name and its host's are drawn, per interface.</summary>
/// <param name="Type">Like `_toss._udp.local.`</param>
/// <param name="Text">The one string of its TXT record, `key=value`.</param>
public sealed record MdnsService(DnsName Type, ushort Port, ReadOnlyMemory<byte> Text);
