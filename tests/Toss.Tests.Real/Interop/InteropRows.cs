using System.Reflection;
using Xunit;
using Xunit.v3;

namespace Toss.Tests.Real.Interop;

/// <summary>Tests of which each is a row of the table: what it names happened on the wire, or it fails.</summary>
public abstract class InteropRows(InteropTable table) : IDisposable
{
    /// <summary>What shows that it happened, in a few words.</summary>
    protected string Seen { get; set; } = "";

    public static string PeerOf(Type type) => type.GetCustomAttribute<InteropPeerAttribute>()!.Name;

    public void Dispose()
    {
        var context = TestContext.Current;
        if (context.TestState?.Result == TestResult.Passed && context.Test is IXunitTest test)
        {
            var row = InteropTable.Row(
                PeerOf(GetType()),
                test.TestMethod.MethodName,
                test.TestMethodArguments.FirstOrDefault()
            );
            table.Add(row, Seen);
        }
        Clean();
        GC.SuppressFinalize(this);
    }

    protected abstract void Clean();
}
