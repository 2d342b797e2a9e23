using System.Globalization;
using System.Text.RegularExpressions;

namespace Toss.Testing.Interop;

/// <summary>Reads what gtlsclient and gtlsserver (ngtcp2 0.12) print when they are not told to be quiet.</summary>
public static partial class Ngtcp2Log
{
    public static WireFacts Read(IEnumerable<string> lines)
    {
        var (sent, received) = (new SortedSet<int>(), new SortedSet<int>());
        var (closes, codes) = (new SortedSet<int>(), new SortedSet<int>());
        var remotes = new SortedSet<string>(StringComparer.Ordinal);
        var facts = new WireFacts
        {
            KeyPhasesSent = sent,
            KeyPhasesReceived = received,
            CloseCodesReceived = closes,
            ApplicationCodesReceived = codes,
            RemoteEndpoints = remotes,
        };
        foreach (var line in lines.Select(line => Colour().Replace(line, "")))
        {
            if (Packet().Match(line) is { Success: true } packet)
            {
                var isReceived = packet.Groups["way"].Value == "rx";
                if (packet.Groups["phase"] is { Success: true, Value: var phase })
                {
                    (isReceived ? received : sent).Add(int.Parse(phase, CultureInfo.InvariantCulture));
                }
                facts = (isReceived, packet.Groups["type"].Value) switch
                {
                    (true, "Retry") => facts with { RetryReceived = true },
                    (true, "VN") => facts with { VersionNegotiationReceived = true },
                    (false, "0RTT") => facts with { EarlyPacketsSent = facts.EarlyPacketsSent + 1 },
                    _ => facts,
                };
            }
            else if (Close().Match(line) is { Success: true } close)
            {
                var of = close.Groups["type"].Value == "c" ? closes : codes;
                of.Add(int.Parse(close.Groups["code"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
            else if (Marks().Match(line) is { Success: true } marks)
            {
                var count = int.Parse(marks.Groups["count"].Value, CultureInfo.InvariantCulture);
                facts = facts with { MarksReported = Math.Max(facts.MarksReported, count) };
            }
            else if (Ticket().IsMatch(line))
            {
                facts = facts with { TicketsSent = facts.TicketsSent + 1 };
            }
            else if (line == "Early data was rejected by server")
            {
                facts = facts with { EarlyDataRejected = true };
            }
            else if (Remote().Match(line) is { Success: true } remote)
            {
                remotes.Add(remote.Groups["remote"].Value);
            }
            else if (Negotiated().Match(line) is { Success: true } negotiated)
            {
                var value = negotiated.Groups["value"].Value;
                facts =
                    negotiated.Groups["what"].Value == "ALPN"
                        ? facts with
                        {
                            Alpn = value,
                        }
                        : facts with
                        {
                            CipherSuite = value,
                        };
            }
            else if (Lost().IsMatch(line))
            {
                facts = facts with { PacketsLost = facts.PacketsLost + 1 };
            }
            else if (Response().Match(line) is { Success: true } response)
            {
                facts =
                    response.Groups["way"].Value == "rx"
                        ? facts with
                        {
                            PathResponsesReceived = facts.PathResponsesReceived + 1,
                        }
                        : facts with
                        {
                            PathResponsesSent = facts.PathResponsesSent + 1,
                        };
            }
            else if (line.EndsWith(" ptv path has been validated", StringComparison.Ordinal))
            {
                facts = facts with { PathsValidated = facts.PathsValidated + 1 };
            }
            else if (line == "Token was successfully validated")
            {
                facts = facts with { TokenValidated = true };
            }
        }
        return facts;
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colour();

    // I00000241 0x… pkt tx pkn=5 dcid=0x… type=1RTT k=1
    [GeneratedRegex(@"^I\d+ 0x[0-9a-f]* pkt (?<way>rx|tx) pkn=\d+ .*type=(?<type>\w+)(?: k=(?<phase>[01]))?")]
    private static partial Regex Packet();

    [GeneratedRegex(
        @" frm rx \d+ \w+ CONNECTION_CLOSE\(0x1(?<type>[cd])\) error_code=\(?\w+\)?\(0x(?<code>[0-9a-f]{1,7})\)"
    )]
    private static partial Regex Close();

    [GeneratedRegex(@" frm tx \d+ \w+ ACK\(0x03\) ect0=(?<count>\d+) ")]
    private static partial Regex Marks();

    [GeneratedRegex(@" frm tx \d+ 1RTT CRYPTO\(0x06\)")]
    private static partial Regex Ticket();

    [GeneratedRegex(@"^Received packet: local=\S+ remote=(?<remote>\S+)")]
    private static partial Regex Remote();

    [GeneratedRegex(@"^Negotiated (?<what>ALPN|cipher suite) is (?<value>\S+)")]
    private static partial Regex Negotiated();

    // The first Initial is called lost when a Retry answers it; that is no loss.
    [GeneratedRegex(@" rcv pkn=\d+ lost type=1RTT ")]
    private static partial Regex Lost();

    [GeneratedRegex(@" frm (?<way>rx|tx) \d+ 1RTT PATH_RESPONSE\(0x1b\)")]
    private static partial Regex Response();
}
