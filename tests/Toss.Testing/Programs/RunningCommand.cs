using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Testing.Programs;

/// <summary>A `toss` command that has begun; who began it reads its lines, interrupts it or waits for its end.</summary>
public sealed class RunningCommand : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _command;
    private readonly MemoryStream _output = new();
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];
    private readonly SemaphoreSlim _lineCame = new(0);
    private int _read;

    internal RunningCommand(ProcessStartInfo start, string command, ReadOnlyMemory<byte>? input)
    {
        _command = command;
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
        _ = WriteAsync(input);
    }

    /// <summary>The next line of its standard output.</summary>
    public async Task<string> ReadLineAsync()
    {
        await Watchdog.Within(_lineCame.WaitAsync(), $"a line of `toss {_command}`");
        lock (_lines)
        {
            return _read < _lines.Count
                ? _lines[_read++]
                : throw new InvalidOperationException($"`toss {_command}` ended without another line");
        }
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => Signal("INT");

    public bool HasExited => _process.HasExited;

    public async Task<ProgramResult> EndAsync()
    {
        await Watchdog.Within(_process.WaitForExitAsync(), $"`toss {_command}` to end");
        await Watchdog.Within(_reading, $"the output of `toss {_command}`");
        return new ProgramResult(_command, _process.ExitCode, _output.ToArray(), await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        await _reading;
        _process.Dispose();
        _lineCame.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private async Task WriteAsync(ReadOnlyMemory<byte>? input)
    {
        try
        {
            if (input is { } bytes)
            {
                await _process.StandardInput.BaseStream.WriteAsync(bytes);
            }
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code tells.
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var line = new MemoryStream();
        int count;
        while ((count = await _process.StandardOutput.BaseStream.ReadAsync(buffer)) > 0)
        {
            _output.Write(buffer.AsSpan(0, count));
            // Only short lines are asked for; pasted bytes are not text.
            foreach (var one in buffer.AsMemory(0, count).ToArray())
            {
                if (one == (byte)'\n')
                {
                    AddLine(line);
                }
                else if (line.Length < 64 * 1024)
                {
                    line.WriteByte(one);
                }
            }
        }
        // Who still waits for a line hears that none comes.
        _lineCame.Release();
    }

    private void AddLine(MemoryStream line)
    {
        lock (_lines)
        {
            _lines.Add(System.Text.Encoding.UTF8.GetString(line.ToArray()));
        }
        line.SetLength(0);
        _lineCame.Release();
    }
}
