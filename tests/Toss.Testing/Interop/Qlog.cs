using System.Globalization;
using System.Text.Json;

namespace Toss.Testing.Interop;

/// <summary>Reads a qlog as a sequence of JSON lines (quic-go 0.29, ngtcp2 0.12: qlog 0.3).</summary>
public static class Qlog
{
    /// <summary>All qlog files of a folder: those of one peer.</summary>
    public static WireFacts ReadFolder(string folder) =>
        Read(Directory.EnumerateFiles(folder, "*qlog").Order(StringComparer.Ordinal).SelectMany(File.ReadLines));

    public static WireFacts Read(IEnumerable<string> lines)
    {
        var (sent, received) = (new SortedSet<int>(), new SortedSet<int>());
        var (closes, codes) = (new SortedSet<int>(), new SortedSet<int>());
        var facts = new WireFacts
        {
            KeyPhasesSent = sent,
            KeyPhasesReceived = received,
            CloseCodesReceived = closes,
            ApplicationCodesReceived = codes,
        };
        foreach (var line in lines)
        {
            if (!TryParse(line, out var name, out var data))
            {
                continue;
            }
            if (name == "recovery:packet_lost")
            {
                facts = facts with { PacketsLost = facts.PacketsLost + (PacketType(data) == "1RTT" ? 1 : 0) };
            }
            else if (name is "transport:packet_received" or "transport:packet_sent")
            {
                var isReceived = name == "transport:packet_received";
                facts = Packet(facts, data, isReceived, isReceived ? received : sent, closes, codes);
            }
        }
        return facts;
    }

    private static WireFacts Packet(
        WireFacts facts,
        JsonElement data,
        bool isReceived,
        SortedSet<int> phases,
        SortedSet<int> closes,
        SortedSet<int> codes
    )
    {
        if (
            data.GetProperty("header").TryGetProperty("key_phase_bit", out var phase)
            && int.TryParse(phase.ToString(), CultureInfo.InvariantCulture, out var bit)
        )
        {
            phases.Add(bit);
        }
        facts = (isReceived, PacketType(data)) switch
        {
            (true, "retry") => facts with { RetryReceived = true },
            (true, "version_negotiation") => facts with { VersionNegotiationReceived = true },
            _ => facts,
        };
        if (!data.TryGetProperty("frames", out var frames) || frames.ValueKind != JsonValueKind.Array)
        {
            return facts;
        }
        foreach (var frame in frames.EnumerateArray())
        {
            facts = (isReceived, frame.GetProperty("frame_type").GetString()) switch
            {
                (true, "path_response") => facts with { PathResponsesReceived = facts.PathResponsesReceived + 1 },
                (false, "path_response") => facts with { PathResponsesSent = facts.PathResponsesSent + 1 },
                (true, "datagram") => facts with { DatagramsReceived = facts.DatagramsReceived + 1 },
                (false, "datagram") => facts with { DatagramsSent = facts.DatagramsSent + 1 },
                _ => facts,
            };
            if (
                isReceived
                && frame.TryGetProperty("raw_error_code", out var code)
                && frame.TryGetProperty("error_space", out var space)
            )
            {
                (space.GetString() == "transport" ? closes : codes).Add(code.GetInt32());
            }
            if (!isReceived && frame.TryGetProperty("ect0", out var marks))
            {
                facts = facts with { MarksReported = Math.Max(facts.MarksReported, marks.GetInt32()) };
            }
        }
        return facts;
    }

    private static string? PacketType(JsonElement data) =>
        data.TryGetProperty("header", out var header) && header.TryGetProperty("packet_type", out var type)
            ? type.GetString()
            : null;

    private static bool TryParse(string line, out string name, out JsonElement data)
    {
        (name, data) = ("", default);
        // JSON-SEQ begins each record with the record separator (RFC 7464); the last line of a program that was ended
        // may be cut off.
        try
        {
            using var document = JsonDocument.Parse(line.TrimStart('\x1e'));
            var root = document.RootElement;
            if (!root.TryGetProperty("name", out var named) || !root.TryGetProperty("data", out var content))
            {
                return false;
            }
            (name, data) = (named.GetString() ?? "", content.Clone());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
