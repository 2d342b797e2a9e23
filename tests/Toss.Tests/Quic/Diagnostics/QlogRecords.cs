using System.Text;
using System.Text.Json;

namespace Toss.Tests.Quic.Diagnostics;

/// <summary>A qlog of ours, read back: each record by itself, and strictly.</summary>
internal sealed class QlogRecords
{
    private readonly List<(string Name, JsonElement Data)> _events = [];

    public QlogRecords(ReadOnlySpan<byte> bytes)
    {
        Text = Encoding.UTF8.GetString(bytes);
        // RFC 7464: each record begins with a record separator and ends with a line feed.
        var records = Text.Split('\x1e');
        if (records[0].Length > 0 || records.Skip(1).Any(record => !record.EndsWith('\n')))
        {
            throw new InvalidDataException("That is no JSON-SEQ.");
        }
        Head = JsonDocument.Parse(records[1]).RootElement;
        var before = double.MinValue;
        foreach (var record in records.Skip(2))
        {
            var root = JsonDocument.Parse(record).RootElement;
            var time = root.GetProperty("time").GetDouble();
            if (time < before || root.EnumerateObject().Count() != 3)
            {
                throw new InvalidDataException($"Not an event, or one out of order: {record}");
            }
            before = time;
            _events.Add((root.GetProperty("name").GetString()!, root.GetProperty("data")));
        }
    }

    public string Text { get; }

    public JsonElement Head { get; }

    public IEnumerable<string> Names => _events.Select(static each => each.Name).Distinct();

    public IEnumerable<JsonElement> Of(string name) =>
        _events.Where(each => each.Name == "quic:" + name).Select(static each => each.Data);

    /// <summary>Type and number of the packets of such events.</summary>
    public List<(string Type, long Number)> Packets(string name) =>
        [
            .. Of(name)
                .Select(static data => data.GetProperty("header"))
                .Where(static header => header.TryGetProperty("packet_number", out _))
                .Select(static header =>
                    (header.GetProperty("packet_type").GetString()!, header.GetProperty("packet_number").GetInt64())
                ),
        ];

    /// <summary>The frames of such events, by type.</summary>
    public IEnumerable<JsonElement> Frames(string name, string type) =>
        Of(name)
            .Where(static data => data.TryGetProperty("frames", out _))
            .SelectMany(static data => data.GetProperty("frames").EnumerateArray())
            .Where(frame => frame.GetProperty("frame_type").GetString() == type);

    /// <summary>What stands under a name in such events, in order.</summary>
    public List<string> Values(string name, string property) =>
        [
            .. Of(name)
                .Where(data => data.TryGetProperty(property, out _))
                .Select(data => data.GetProperty(property).ToString()),
        ];
}
