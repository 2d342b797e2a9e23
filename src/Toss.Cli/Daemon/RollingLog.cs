using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Toss.Cli.Daemon;

/// <summary>
/// The daemon's log: lines in one file that is set aside when it is full, so that it can run for years. Written through
/// at each line: what a process wrote before it broke is there. A full disk loses lines, never the agent.
/// </summary>
internal sealed class RollingLog : ILoggerProvider
{
    /// <summary>Thousands of lines; together with the one set aside, what a disk never notices.</summary>
    public const long DefaultMaxSize = 2 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly long _maxSize;
    private readonly TimeProvider _time;
    private FileStream? _file;

    public RollingLog(string path, TimeProvider time, long maxSize = DefaultMaxSize)
    {
        _path = path;
        _time = time;
        _maxSize = maxSize;
        _file = Open();
    }

    public static string PreviousOf(string path) => path + ".1";

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new Lines(this, name));

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private FileStream Open() =>
        new(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1);

    private void Write(LogLevel level, string category, string message, Exception? failure)
    {
        var line = new StringBuilder()
            .Append(_time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))
            .Append(' ')
            .Append(NameOf(level))
            .Append(' ')
            .Append(category.Replace(' ', '_'))
            .Append(' ')
            .Append(OneLine(message));
        if (failure is not null)
        {
            line.Append(" | ").Append(OneLine(failure.ToString()));
        }
        var bytes = Encoding.UTF8.GetBytes(line.Append('\n').ToString());
        lock (_gate)
        {
            if (_file is null)
            {
                return;
            }
            try
            {
                if (_file.Length + bytes.Length > _maxSize && _file.Length > 0)
                {
                    _file.Dispose();
                    File.Move(_path, PreviousOf(_path), overwrite: true);
                    _file = Open();
                }
                _file.Write(bytes);
                _file.Flush();
            }
            catch (Exception full) when (full is IOException or UnauthorizedAccessException)
            {
                // Nobody to tell; the next line tries again.
            }
        }
    }

    /// <summary>A name with a line end in it must not be able to write a line of its own.</summary>
    private static string OneLine(string text) => text.ReplaceLineEndings(" ⏎ ");

    private static string NameOf(LogLevel level) =>
        level switch
        {
            LogLevel.Critical => "fatal",
            LogLevel.Error => "error",
            LogLevel.Warning => "warn",
            LogLevel.Information => "info",
            _ => "debug",
        };

    private sealed class Lines(RollingLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => log.Write(logLevel, category, formatter(state, exception), exception);
    }
}
