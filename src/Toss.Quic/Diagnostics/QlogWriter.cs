using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Toss.Quic.Diagnostics;

/// <summary>
/// Records of a qlog, one by one: JSON-SEQ (RFC 7464), of which the first says what the file is
/// (draft-ietf-quic-qlog-main-schema, QlogFileSeq). When its stream fails it is over, and all that follows is nothing.
/// </summary>
internal sealed class QlogWriter : IDisposable
{
    private const byte RecordSeparator = 0x1e;
    private const double TicksPerMillisecond = TimeSpan.TicksPerMillisecond;

    private readonly ArrayBufferWriter<byte> _record = new();
    private readonly Utf8JsonWriter _json;
    private Stream? _stream;

    public QlogWriter(Stream stream, in ConnectionId original, bool isServer)
    {
        _stream = stream;
        // Nobody puts this into a page: "+" may stay "+".
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        _json = new Utf8JsonWriter(_record, options);
        WriteHead(original, isServer);
    }

    /// <summary>Begins an event; its data follow, in the object that is open then.</summary>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> name, Instant now)
    {
        BeginRecord();
        // The caller's clock: only differences mean something, also between both ends if they share it.
        _json.WriteNumber("time"u8, now.Ticks / TicksPerMillisecond);
        _json.WriteString("name"u8, name);
        _json.WriteStartObject("data"u8);
        return _json;
    }

    public void End()
    {
        _json.WriteEndObject();
        EndRecord();
    }

    public void Dispose() => Close();

    private void WriteHead(in ConnectionId original, bool isServer)
    {
        BeginRecord();
        _json.WriteString("file_schema"u8, "urn:ietf:params:qlog:file:sequential"u8);
        _json.WriteString("serialization_format"u8, "application/qlog+json-seq"u8);
        _json.WriteString("title"u8, "Toss.Quic"u8);
        _json.WriteStartObject("trace"u8);
        _json.WriteStartObject("common_fields"u8);
        _json.WriteString("group_id"u8, Convert.ToHexStringLower(original.Span));
        _json.WriteString("time_format"u8, "relative_to_epoch"u8);
        _json.WriteStartObject("reference_time"u8);
        _json.WriteString("clock_type"u8, "monotonic"u8);
        _json.WriteString("epoch"u8, "unknown"u8);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteStartObject("vantage_point"u8);
        _json.WriteString("type"u8, isServer ? "server"u8 : "client"u8);
        _json.WriteEndObject();
        _json.WriteStartArray("event_schemas"u8);
        _json.WriteStringValue("urn:ietf:params:qlog:events:quic-12"u8);
        _json.WriteEndArray();
        _json.WriteEndObject();
        EndRecord();
    }

    private void BeginRecord()
    {
        _record.ResetWrittenCount();
        _record.Write([RecordSeparator]);
        _json.Reset(_record);
        _json.WriteStartObject();
    }

    private void EndRecord()
    {
        _json.WriteEndObject();
        _json.Flush();
        _record.Write("\n"u8);
        try
        {
            _stream?.Write(_record.WrittenSpan);
        }
        catch (IOException)
        {
            Close();
        }
    }

    private void Close()
    {
        var stream = _stream;
        _stream = null;
        try
        {
            stream?.Dispose();
        }
        catch (IOException)
        {
            // What it still held is lost.
        }
    }
}
