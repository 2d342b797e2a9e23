namespace Toss.Testing.Simulation;

/// <summary>A stream between two nodes: ordered frames each way, delayed by the link, held by a partition.</summary>
internal sealed class SimStream(SimNet net, string client, string server)
{
    private readonly Queue<ReadOnlyMemory<byte>> _toClient = new();
    private readonly Queue<ReadOnlyMemory<byte>> _toServer = new();
    private bool _clientUnderWay;
    private bool _serverUnderWay;
    private bool _over;
    private string? _finishing;

    /// <summary>Called with each frame, on arrival; null when the stream broke.</summary>
    public Action<ReadOnlyMemory<byte>?> ClientHears { get; set; } = static _ => { };

    public Action<ReadOnlyMemory<byte>?> ServerHears { get; set; } = static _ => { };

    public string Client => client;

    public bool Touches(string node) => node == client || node == server;

    public void SendToServer(ReadOnlyMemory<byte> frame)
    {
        _toServer.Enqueue(frame.ToArray());
        Pump();
    }

    public void SendToClient(ReadOnlyMemory<byte> frame)
    {
        _toClient.Enqueue(frame.ToArray());
        Pump();
    }

    /// <summary>This side is gone at once; the other hears it when the link lets it.</summary>
    public void Abort(string by)
    {
        if (_over)
        {
            return;
        }
        _over = true;
        net.Closed(this);
        (by == client ? ClientHears : ServerHears)(null);
        net.Later(client, server, () => (by == client ? ServerHears : ClientHears)(null));
    }

    /// <summary>This side closes once what it said has arrived.</summary>
    public void Finish(string by)
    {
        var (queue, underWay) = by == client ? (_toServer, _serverUnderWay) : (_toClient, _clientUnderWay);
        if (underWay || queue.Count > 0)
        {
            _finishing = by;
        }
        else
        {
            Abort(by);
        }
    }

    internal void Pump()
    {
        if (!_over && net.Carries(client, server))
        {
            PumpOne(_toServer, ref _serverUnderWay, client, server, toServer: true);
            PumpOne(_toClient, ref _clientUnderWay, server, client, toServer: false);
        }
    }

    // One frame under way in each direction: order is kept whatever the jitter.
    private void PumpOne(Queue<ReadOnlyMemory<byte>> queue, ref bool underWay, string from, string to, bool toServer)
    {
        if (underWay || queue.Count == 0)
        {
            return;
        }
        underWay = true;
        net.Later(client, server, () => Arrive(queue, from, to, toServer));
    }

    private void Arrive(Queue<ReadOnlyMemory<byte>> queue, string from, string to, bool toServer)
    {
        if (toServer)
        {
            _serverUnderWay = false;
        }
        else
        {
            _clientUnderWay = false;
        }
        if (_over || !net.Carries(from, to))
        {
            return;
        }
        // Everything sent by now arrives together: a link delays, it does not slow down.
        while (queue.TryDequeue(out var frame))
        {
            net.Record(from, to, frame.Length, frame.Span);
            (toServer ? ServerHears : ClientHears)(frame);
        }
        if (_finishing == from)
        {
            Abort(from);
            return;
        }
        Pump();
    }
}
