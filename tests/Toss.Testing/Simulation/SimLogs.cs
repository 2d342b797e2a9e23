using Microsoft.Extensions.Logging;

namespace Toss.Testing.Simulation;

/// <summary>What the agents of a world log, in one list with its time.</summary>
public sealed class SimLogs(SimScheduler scheduler, Action<string> write)
{
    public ILoggerFactory For(string node) => new Factory(this, node);

    private sealed class Factory(SimLogs logs, string node) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            new Log(logs, node, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }
    }

    private sealed class Log(SimLogs logs, string node, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => logs.Write($"  {node} {category}: {formatter(state, exception)}");
    }

    private void Write(string line) => write($"{scheduler.Now:dd HH:mm:ss.fff}{line}");
}
