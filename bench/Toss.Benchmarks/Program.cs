// What scripts/bench runs:
//   Toss.Benchmarks PACKAGE REPORT COMMIT   measures the native programs in the folder PACKAGE, writes REPORT (Markdown)
//   Toss.Benchmarks udp                     what a datagram costs through the sockets of Toss.Net, as a table
//   Toss.Benchmarks echo                    the bare store-and-forward WebSocket server they are compared with
using System.Globalization;
using Toss.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["echo"]:
        await EchoServer.RunAsync();
        return 0;
    case ["udp"]:
        UdpRun.Print(UdpRun.Measure(rounds: 5));
        return 0;
    case [var package, var report, var commit]:
        await using (var world = await NativeWorld.StartAsync(package))
        {
            var figures = await Figures.MeasureAsync(world);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(report))!);
            await File.WriteAllTextAsync(report, ReportWriter.Write(figures, commit, package));
        }
        return 0;
    default:
        Console.Error.WriteLine("usage: Toss.Benchmarks PACKAGE REPORT COMMIT | udp | echo");
        return 2;
}
