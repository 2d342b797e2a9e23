using System.Diagnostics;
using System.Globalization;
using System.Text;
using Toss.Testing.Platform;

namespace Toss.Testing.Wine;

/// <summary>
/// winpeer.exe: a program for Windows that knows nothing of Toss, and copies and reads what it is told. The same class serves
/// tests that are Windows programs themselves and tests on Linux, which start it under Wine.
/// </summary>
public sealed class WinPeerProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder = new();
    private int _files;

    private WinPeerProgram(Process process) => _process = process;

    /// <param name="start">How it is started; its streams are redirected here.</param>
    public static async Task<WinPeerProgram> StartAsync(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.StandardOutputEncoding = Encoding.UTF8;
        start.UseShellExecute = false;
        var peer = new WinPeerProgram(Process.Start(start)!);
        await peer.LineAsync("be ready");
        return peer;
    }

    /// <summary>Replaces the clipboard. A format is a registered name, or a number.</summary>
    /// <returns>The clipboard's sequence number after it.</returns>
    public Task<uint> CopyAsync(params (string Format, byte[] Bytes)[] formats) => PutAsync("copy", formats);

    /// <summary>Adds to what is there, as programs that copy in steps do.</summary>
    public Task<uint> AddAsync(params (string Format, byte[] Bytes)[] formats) => PutAsync("more", formats);

    public Task<uint> CopyTextAsync(string text) => CopyAsync(("13", Encoding.Unicode.GetBytes(text + '\0')));

    public Task<uint> EmptyAsync() => CommandAsync("empty");

    /// <summary>Says that it has the format, and takes so long to make it when it is asked.</summary>
    public Task<uint> PromiseAsync(string format, byte[] bytes, TimeSpan slowness) =>
        CommandAsync("promise", format, FileOf(bytes), Milliseconds(slowness));

    /// <summary>
    /// Keeps the clipboard open so long, and with <paramref name="thenCopied"/> replaces it at once; returns when it is open.
    /// The result is done when it is closed again.
    /// </summary>
    public async Task<Task> HoldAsync(TimeSpan time, string? thenCopied = null)
    {
        await _process.StandardInput.WriteLineAsync($"hold\t{Milliseconds(time)}");
        if (thenCopied is not null)
        {
            var file = FileOf(Encoding.Unicode.GetBytes(thenCopied + '\0'));
            await _process.StandardInput.WriteLineAsync($"copy\t13\t{file}");
        }
        await _process.StandardInput.FlushAsync();
        await LineAsync("hold the clipboard");
        return EndAsync();

        async Task EndAsync()
        {
            await AnswerAsync("hold");
            if (thenCopied is not null)
            {
                await AnswerAsync("copy");
            }
        }
    }

    /// <summary>All formats that are there, by name or number, in order.</summary>
    public async Task<List<(string Format, byte[] Bytes)>> ReadAsync()
    {
        var folder = Directory.CreateDirectory(_folder[Next()]).FullName;
        await _process.StandardInput.WriteLineAsync($"read\t{PathOf(folder)}");
        await _process.StandardInput.FlushAsync();
        var found = new List<(string, byte[])>();
        string[] fields;
        while ((fields = (await LineAsync("read")).Split('\t'))[0] == "format")
        {
            var file = Path.Combine(folder, found.Count.ToString(CultureInfo.InvariantCulture));
            found.Add((fields[1], await File.ReadAllBytesAsync(file)));
        }
        Done("read", fields);
        return found;
    }

    /// <summary>Names or numbers of what is there, in order; nothing of it is asked for.</summary>
    public async Task<List<string>> FormatsAsync() => [.. (await ListAsync("formats")).Select(fields => fields[1])];

    /// <summary>From now on whatever appears is read at once, all of it.</summary>
    public Task KeepAsync() => CommandAsync("keep");

    /// <summary>Names or numbers of what was read so, and how much it was; oldest first.</summary>
    public async Task<List<(string Format, int Bytes)>> KeptAsync() =>
        [
            .. (await ListAsync("kept")).Select(fields =>
                (fields[1], int.Parse(fields[2], CultureInfo.InvariantCulture))
            ),
        ];

    /// <summary>Paths of the files that are there, as Windows itself reads them.</summary>
    public async Task<List<string>> FilesAsync() => [.. (await ListAsync("files")).Select(fields => fields[1])];

    /// <summary>One format, into a file of Linux or Windows: how much it was, and how long its owner took.</summary>
    public async Task<(long Bytes, TimeSpan Time)> PasteAsync(string format, string file)
    {
        await _process.StandardInput.WriteLineAsync($"paste\t{format}\t{PathOf(file)}");
        await _process.StandardInput.FlushAsync();
        var line = await LineAsync("paste");
        var fields = line.Split('\t');
        if (fields is not ["pasted", var bytes, var milliseconds])
        {
            throw new InvalidOperationException($"winpeer, paste: {line}");
        }
        await AnswerAsync("paste");
        return (
            long.Parse(bytes, CultureInfo.InvariantCulture),
            TimeSpan.FromMilliseconds(long.Parse(milliseconds, CultureInfo.InvariantCulture))
        );
    }

    /// <summary>The same, held in memory; empty if its owner gives nothing.</summary>
    public async Task<byte[]> PasteAsync(string format)
    {
        var file = _folder[Next()];
        await PasteAsync(format, file);
        return await File.ReadAllBytesAsync(file);
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input is its own.
        _process.StandardInput.Close();
        try
        {
            await Watchdog.Within(_process.WaitForExitAsync(), "winpeer to end");
        }
        catch (TimeoutException)
        {
            _process.Kill();
            throw;
        }
        finally
        {
            _process.Dispose();
            _folder.Dispose();
        }
    }

    private static string Milliseconds(TimeSpan time) =>
        ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static string PathOf(string path) => OperatingSystem.IsWindows() ? path : WinePrefix.PathOf(path);

    private static uint Done(string command, string[] fields) =>
        fields[0] == "done"
            ? uint.Parse(fields[1], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"winpeer, {command}: {string.Join(' ', fields)}");

    private Task<uint> PutAsync(string command, (string Format, byte[] Bytes)[] formats) =>
        CommandAsync([command, .. formats.SelectMany(one => (string[])[one.Format, FileOf(one.Bytes)])]);

    private async Task<uint> CommandAsync(params string[] fields)
    {
        await _process.StandardInput.WriteLineAsync(string.Join('\t', fields));
        await _process.StandardInput.FlushAsync();
        return await AnswerAsync(fields[0]);
    }

    /// <summary>The lines of an answer before its last.</summary>
    private async Task<List<string[]>> ListAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
        var lines = new List<string[]>();
        string[] fields;
        while ((fields = (await LineAsync(command)).Split('\t'))[0] is "format" or "file")
        {
            lines.Add(fields);
        }
        Done(command, fields);
        return lines;
    }

    private async Task<uint> AnswerAsync(string command) => Done(command, (await LineAsync(command)).Split('\t'));

    private async Task<string> LineAsync(string command) =>
        await Watchdog.Within(_process.StandardOutput.ReadLineAsync(), $"winpeer to {command}")
        ?? throw new InvalidOperationException($"winpeer ended at {command}.");

    private string FileOf(byte[] bytes)
    {
        var file = _folder[Next()];
        File.WriteAllBytes(file, bytes);
        return PathOf(file);
    }

    private string Next() => (_files++).ToString(CultureInfo.InvariantCulture);
}
