using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Tests.Real.Kills;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// What somebody has who writes down a network on two days: multicast DNS, knocks and links, STUN, and the connections to the
/// relay. Nothing there is the same on both days but what other people's devices show as well: no name, no id, no key, no
/// connection id. Addresses and ports of the network itself are left out.
/// </summary>
[Trait("Tier", "faults")]
public sealed class TwoDaysTests
{
    private static readonly string[] s_names = ["Annelieses Schreibtisch", "Bertholds Klapprechner"];

    [Fact]
    public async Task A_capture_shows_nothing_that_is_the_same_on_two_days()
    {
        using var folder = new TemporaryFolder();
        using var faults = new FaultPrograms();
        var certificate = Certificate(folder);
        await using var home = await WatchedHome.StartAsync("home", s_names, faults.Programs, certificate);
        // What these show is the protocol's.
        await using var strangers = await WatchedHome.StartAsync(
            "other",
            ["somebody", "somebody else"],
            faults.Programs,
            certificate
        );
        var search = new SecretSearch().Text("A's name", s_names[0]).Text("B's name", s_names[1]);
        await AddIdAsync(search, "A's id", home.A);
        await AddIdAsync(search, "B's id", home.B);
        var planted = "planted!"u8.ToArray();

        await Task.WhenAll(home.LiveAsync("day one"), strangers.LiveAsync("day one"));
        await home.ShowAsync(planted);
        var (first, theirs) = (home.Take(), strangers.Take());

        faults.PassTime(TimeSpan.FromDays(1));
        await home.WakeAsync("day one");
        await Task.WhenAll(home.LiveAsync("day two"), strangers.B.UpAsync());
        await home.ShowAsync(planted);
        var second = home.Take();
        await strangers.LiveAsync("day two");

        foreach (var (name, day) in new[] { ("day one", first), ("day two", second) })
        {
            Assert.Empty(search.FindIn([.. day.SelectMany(static packet => packet.Payload)]));
            HasAll(name, day);
        }
        var common = new CommonBytes([.. theirs, .. strangers.Take()]);
        var seen = first.SelectMany(packet => common.OthersIn(packet).Select(static run => run.Bytes)).ToHashSet();
        var again = second
            .SelectMany(packet =>
                common
                    .OthersIn(packet)
                    .Where(run => seen.Contains(run.Bytes))
                    .Select(run => $"{packet.Title}: {run.Bytes:X16} at {run.At} of {packet.Payload.Length}")
            )
            .Distinct()
            .Order(StringComparer.Ordinal);
        // What a program shows on both days is found; and nothing else is.
        Assert.Equal("UDP to 9: 706C616E74656421 at 0 of 8", string.Join('\n', again));
    }

    /// <summary>Each kind of traffic was there, so that something could have been found in it.</summary>
    private static void HasAll(string name, IReadOnlyList<CapturedPacket> day)
    {
        Has("multicast DNS", static packet => packet.To.Port == 5353);
        Has("connection to the relay", static packet => packet is { IsTcp: true, To.Port: 8787 });
        Has("STUN", static packet => packet is { IsTcp: false, To.Port: 8787, Payload: [0, 1, ..] });
        Has("first packet of QUIC, which has a knock", WatchedHome.IsDial);
        Has("ClientHello", static packet => !packet.IsTcp && packet.Payload.AsSpan().IndexOf("toss/1"u8) >= 0);

        void Has(string what, Func<CapturedPacket, bool> isIt) =>
            Assert.True(
                day.Any(isIt),
                $"no {what} on {name} among {string.Join(", ", day.CountBy(static packet => packet.Title))}"
            );
    }

    private static async Task AddIdAsync(SecretSearch search, string name, TossProgram device)
    {
        var id = (await device.JsonAsync("status")).GetProperty("device").GetProperty("id").GetString();
        Assert.True(DeviceId.TryParse(id, out var parsed));
        search.Bytes(name, parsed.ToBytes()).Text($"{name} as fingerprint", parsed.Fingerprint);
    }

    private static (string Chain, string Key) Certificate(TemporaryFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=relay", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse("10.77.0.3"));
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-3), now.AddDays(3));
        File.WriteAllText(folder["chain.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        return (folder["chain.pem"], folder["key.pem"]);
    }
}
