using System.Diagnostics;
using System.Reflection;
using System.Xml.Linq;
using Toss.Testing.Platform;
using Toss.Testing.Wine;
using Toss.Tests.Windows;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>
/// The tests of Toss.Tests.Windows, which is a program for Windows: run once, all of them, and each is a test here. Which there
/// are is read from the same project as it is compiled for Linux; one that did not run has failed.
/// </summary>
[Collection(nameof(WineCollection))]
[Trait("Tier", "wine")]
public sealed class WindowsSuiteTests(WineFixture wine, WindowsSuiteTests.Results results)
    : IClassFixture<WindowsSuiteTests.Results>
{
    public static TheoryData<string> Names =>
        [
            .. from type in typeof(DpapiKeyStoreTests).Assembly.GetExportedTypes()
            where !type.IsAbstract
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
            where method.GetCustomAttributes<FactAttribute>(inherit: true).Any()
            let name = $"{type.FullName}.{method.Name}"
            orderby name
            select name,
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Passes_on_Windows(string name)
    {
        var (result, text) = await results.OfAsync(wine.Prefix, name);
        Assert.True(result == "Pass", $"{name}: {result}\n{text}");
    }

    public sealed class Results
    {
        private Dictionary<string, (string Result, string Text)>? _results;

        public async Task<(string Result, string Text)> OfAsync(WinePrefix prefix, string name)
        {
            _results ??= await RunAsync(prefix);
            // A theory is named with its arguments: one that failed stands for all.
            var own = _results
                .Where(one => one.Key == name || one.Key.StartsWith(name + "(", StringComparison.Ordinal))
                .Select(one => one.Value)
                .OrderBy(one => one.Result == "Pass")
                .ToList();
            return own.Count > 0 ? own[0] : ("did not run", prefix.Errors);
        }

        private static async Task<Dictionary<string, (string Result, string Text)>> RunAsync(WinePrefix prefix)
        {
            var report = Path.Combine(prefix.Folder, "report.xml");
            var start = prefix.Command(
                WindowsPrograms.Tests,
                [
                    "-noLogo",
                    "-noColor",
                    "-noAutoReporters",
                    "-parallelMode",
                    "none",
                    "-result-xml",
                    WinePrefix.PathOf(report),
                ]
            );
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            try
            {
                // All of them: half a minute on a machine that does nothing else.
                await process.WaitForExitAsync().WaitAsync(Watchdog.Patience * 4);
            }
            catch (TimeoutException)
            {
                process.Kill();
                throw new TimeoutException($"The tests on Windows did not end. {prefix.Errors}");
            }
            return File.Exists(report)
                ? XDocument
                    .Load(report)
                    .Descendants("test")
                    .ToDictionary(
                        test => test.Attribute("name")!.Value.Replace("\\\"", "\"").Replace("\\\\", "\\"),
                        test => (test.Attribute("result")!.Value, test.Element("failure")?.Value ?? "")
                    )
                : [];
        }
    }
}
