using System.Net;
using Toss.Testing.Net;
using Toss.Testing.Platform;

namespace Toss.Testing.Programs;

/// <summary>
/// The program that opens ports on many home routers, by PCP and NAT-PMP, on a router of the lab. It takes no address of the
/// documentation's for a public one: the router gets another. Debian: miniupnpd-nftables.
/// </summary>
public sealed class MiniUpnpd : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunningProgram _program;

    private MiniUpnpd(LabNamespace router, string inside, string outside, IPAddress address)
    {
        // The chains that it fills.
        router.Run(
            "nft",
            """
            table inet miniupnpd {
              chain forward { type filter hook forward priority -1; policy accept; jump opened; }
              chain opened { }
              chain pre { type nat hook prerouting priority dstnat; jump opened_pre; }
              chain opened_pre { }
              chain post { type nat hook postrouting priority srcnat; jump opened_post; }
              chain opened_post { }
            }
            """
        );
        File.WriteAllText(
            _folder["miniupnpd.conf"],
            $"""
            ext_ifname={outside}
            ext_ip={address}
            listening_ip={inside}
            enable_natpmp=yes
            enable_upnp=no
            min_lifetime=120
            upnp_table_name=miniupnpd
            upnp_nat_table_name=miniupnpd
            upnp_forward_chain=opened
            upnp_nat_chain=opened_pre
            upnp_nat_postrouting_chain=opened_post
            uuid=00000000-0000-0000-0000-000000000001
            allow 1024-65535 192.168.0.0/16 1024-65535
            deny 0-65535 0.0.0.0/0 0-65535

            """
        );
        _program = router.Start(
            "miniupnpd",
            "-d",
            "-4",
            "-f",
            _folder["miniupnpd.conf"],
            "-P",
            _folder["miniupnpd.pid"]
        );
    }

    /// <param name="inside">The router's interface at home.</param>
    /// <param name="outside">And the other one.</param>
    /// <param name="address">Of that one, as far as it tells: a public one.</param>
    public static async Task<MiniUpnpd> StartAsync(
        LabNamespace router,
        string inside,
        string outside,
        IPAddress address
    )
    {
        var program = new MiniUpnpd(router, inside, outside, address);
        try
        {
            await program._program.LineAsync(
                "to listen",
                static line => line.Contains("Listening for NAT-PMP/PCP", StringComparison.Ordinal)
            );
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _folder.Dispose();
    }
}
