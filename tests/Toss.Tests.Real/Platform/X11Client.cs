using System.Runtime.InteropServices;
using System.Text;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>
/// Another program on the display, played by a script on a thread of its own. Gives the moves of the selection protocol
/// one by one, so that a script can make each of them late, wrong, or not at all.
/// </summary>
internal sealed class X11Client : IDisposable
{
    private readonly XConnection _connection;
    private readonly WakeEvent _wake = new();
    private readonly CancellationToken _stop;

    private X11Client(string display, CancellationToken stop)
    {
        _connection = XConnection.TryOpen(display) ?? throw new InvalidOperationException("No display.");
        _stop = stop;
        Window = _connection.CreateWindow();
    }

    public nint Window { get; }

    public XConnection Connection => _connection;

    public bool Stopped => _stop.IsCancellationRequested;

    /// <summary>The task ends with the script; leaving the script closes the connection, as a program's end does.</summary>
    public static Task<T> RunAsync<T>(string display, Func<X11Client, T> script, CancellationToken stop = default)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                using var client = new X11Client(display, stop);
                using var _ = stop.Register(client._wake.Set);
                done.TrySetResult(script(client));
            }
            catch (Exception failure)
            {
                done.TrySetException(failure);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return Watchdog.Within(done.Task, "an X11 script to end");
    }

    public static Task RunAsync(string display, Action<X11Client> script, CancellationToken stop = default) =>
        RunAsync(
            display,
            client =>
            {
                script(client);
                return true;
            },
            stop
        );

    public nint Atom(string name) => _connection.Intern(name);

    /// <summary>Takes a selection with a server timestamp, which it returns.</summary>
    public nint Take(string selection)
    {
        var time = Now();
        _connection.SetOwner(Atom(selection), Window, time);
        if (_connection.GetOwner(Atom(selection)) != Window)
        {
            throw new InvalidOperationException($"Could not take {selection}.");
        }
        return time;
    }

    /// <summary>The server's time.</summary>
    public nint Now()
    {
        _connection.Touch(Window, Atom("TEST_STAMP"));
        var stamped = Next(Xlib.PropertyNotify, "a timestamp");
        return stamped.As<XPropertyEvent>().Time;
    }

    /// <summary>The next event of a type; others are dropped.</summary>
    public XEvent Next(int type, string what)
    {
        return TryNext(e => e.Type == type, out var found)
            ? found
            : throw new OperationCanceledException($"Stopped while waiting for {what}.");
    }

    /// <summary>False if the script is to stop first.</summary>
    public bool TryNext(Predicate<XEvent> wanted, out XEvent found)
    {
        var until = DateTime.UtcNow + Watchdog.Patience;
        while (!Stopped)
        {
            while (_connection.TryNextEvent(out found))
            {
                if (wanted(found))
                {
                    return true;
                }
            }
            if (DateTime.UtcNow > until || _connection.IsDead)
            {
                throw new TimeoutException("An X11 script waited in vain.");
            }
            _wake.Wait(_connection.Descriptor, TimeSpan.FromSeconds(1));
        }
        found = default;
        return false;
    }

    /// <summary>Asks the owner of CLIPBOARD; the property of the answer, 0 if refused.</summary>
    public nint Ask(string target, string property = "TEST_DATA", nint time = 0, string selection = "CLIPBOARD")
    {
        _connection.Convert(Atom(selection), Atom(target), property.Length == 0 ? 0 : Atom(property), Window, time);
        var answer = Next(Xlib.SelectionNotify, $"an answer about {target}");
        return answer.As<XSelectionEvent>().Property;
    }

    /// <summary>After an answer in TEST_DATA that says INCR: all pieces, to the end.</summary>
    public void ReceiveIncremental(MemoryStream received, Action? came = null)
    {
        var property = Atom("TEST_DATA");
        _connection.DeleteProperty(Window, property);
        while (
            TryNext(
                e =>
                    e.Type == Xlib.PropertyNotify
                    && e.As<XPropertyEvent>().Atom == property
                    && e.As<XPropertyEvent>().State == Xlib.PropertyNewValue,
                out var _
            )
        )
        {
            var piece = _connection.ReadProperty(Window, property, 1 << 30);
            if (piece.Type == 0 || piece.Type == Atom("INCR"))
            {
                continue;
            }
            if (piece.Size == 0)
            {
                return;
            }
            Assert.InRange(piece.Size, 1, 256 * 1024);
            received.Write(piece.Bytes);
            came?.Invoke();
            _connection.DeleteProperty(Window, property);
        }
    }

    public byte[] Read(string property)
    {
        using var read = _connection.ReadProperty(Window, Atom(property), 1 << 30);
        return [.. read.Bytes.AsSpan()];
    }

    public nint TypeOf(string property) => _connection.ReadProperty(Window, Atom(property), 1 << 30).Type;

    public nint[] ReadLongs(string property) => MemoryMarshal.Cast<byte, nint>(Read(property)).ToArray();

    public void WriteLongs(string property, string type, params nint[] values) =>
        _connection.WriteLongs(Window, Atom(property), Atom(type), values);

    public void Notify(in XSelectionRequestEvent request, bool ok)
    {
        var property = request.Property == 0 ? request.Target : request.Property;
        _connection.Send(
            request.Requestor,
            new()
            {
                Type = Xlib.SelectionNotify,
                Requestor = request.Requestor,
                Selection = request.Selection,
                Target = request.Target,
                Property = ok ? property : 0,
                Time = request.Time,
            }
        );
        _connection.Flush();
    }

    /// <summary>Owns CLIPBOARD with these targets until stopped or until somebody else takes it.</summary>
    public void Serve(IReadOnlyDictionary<string, (string Type, byte[] Bytes)> content)
    {
        while (TryNext(e => e.Type is Xlib.SelectionRequest or Xlib.SelectionClear, out var received))
        {
            if (received.Type == Xlib.SelectionClear)
            {
                return;
            }
            Answer(received.As<XSelectionRequestEvent>(), content);
        }
    }

    public void Answer(
        in XSelectionRequestEvent request,
        IReadOnlyDictionary<string, (string Type, byte[] Bytes)> content
    )
    {
        var property = request.Property == 0 ? request.Target : request.Property;
        if (request.Target == Atom("TARGETS"))
        {
            _connection.WriteLongs(
                request.Requestor,
                property,
                Atom("ATOM"),
                [Atom("TARGETS"), .. content.Keys.Select(Atom)]
            );
            Notify(request, true);
            return;
        }
        foreach (var (target, (type, bytes)) in content)
        {
            if (Atom(target) == request.Target)
            {
                _connection.WriteBytes(request.Requestor, property, Atom(type), bytes);
                Notify(request, true);
                return;
            }
        }
        Notify(request, false);
    }

    public static Dictionary<string, (string Type, byte[] Bytes)> Text(string text) =>
        new() { ["UTF8_STRING"] = ("UTF8_STRING", Encoding.UTF8.GetBytes(text)) };

    public void Dispose()
    {
        _connection.Dispose();
        _wake.Dispose();
    }
}
