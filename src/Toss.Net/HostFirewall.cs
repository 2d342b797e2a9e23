using System.Runtime.Versioning;
using System.Security;
using Microsoft.Win32;

namespace Toss.Net;

/// <summary>Which firewall program is on here, as far as anybody may see: rules themselves are root's to read.</summary>
internal static class HostFirewall
{
    private const string Ufw = "/etc/ufw/ufw.conf";
    private const string Firewalld = "/run/firewalld.pid";

    /// <summary>A file of settings is small.</summary>
    private const int MostBytes = 64 * 1024;

    /// <summary>Windows keeps one for each kind of network.</summary>
    private const string Policy =
        @"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\";

    /// <summary>`ufw`, `firewalld`, `windows`; null if none is known to be on.</summary>
    public static string? Find()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                return IsOn("StandardProfile") || IsOn("PublicProfile") ? "windows" : null;
            }
            if (
                new FileInfo(Ufw) is { Exists: true, Length: <= MostBytes }
                && File.ReadLines(Ufw)
                    .Any(line => line.Trim().Equals("ENABLED=yes", StringComparison.OrdinalIgnoreCase))
            )
            {
                return "ufw";
            }
            return File.Exists(Firewalld) ? "firewalld" : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SecurityException)
        {
            return null;
        }
    }

    [SupportedOSPlatform("windows")]
    private static bool IsOn(string profile) => Registry.GetValue(Policy + profile, "EnableFirewall", 0) is 1;
}
