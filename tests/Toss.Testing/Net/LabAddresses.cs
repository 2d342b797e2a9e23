using System.Net;

namespace Toss.Testing.Net;

/// <summary>How the networks of a <see cref="NatLab"/> are numbered, in one of the families: documentation's and private ones.</summary>
public sealed class LabAddresses(bool isV6)
{
    public bool IsV6 => isV6;

    /// <summary>What a network of machines and one of routers have as prefix.</summary>
    public int Prefix => isV6 ? 64 : 24;

    /// <summary>What `ip` needs before `route`.</summary>
    public string Family => isV6 ? "-6" : "-4";

    /// <summary>Private, so that the relay there may be spoken to without a certificate.</summary>
    public IPAddress Server => IPAddress.Parse(isV6 ? "fd99::1" : "10.99.0.1");

    public IPAddress ServerOutside => Outside(10);

    /// <summary>Of a router.</summary>
    public IPAddress Outside(int number) => IPAddress.Parse(isV6 ? $"2001:db8::{number}" : $"198.51.100.{number}");

    /// <summary>Of a machine at home; 1 is the router.</summary>
    public IPAddress Inside(int home, int number) =>
        IPAddress.Parse(isV6 ? $"2001:db8:{home}::{number}" : $"192.168.{home}.{number}");
}
