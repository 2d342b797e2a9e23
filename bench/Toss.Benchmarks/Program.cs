// What scripts/bench runs:
//   Toss.Benchmarks PACKAGE REPORT COMMIT   measures the native programs in the folder PACKAGE, writes REPORT (Markdown)
//   Toss.Benchmarks udp                     what a datagram costs through the sockets of Toss.Net, as a table
//   Toss.Benchmarks quic REPORT COMMIT [PART…]
//                                           Toss.Quic beside ngtcp2; PART is stream, core, handshake, idle, link: all unless given
//   Toss.Benchmarks lan PACKAGE REPORT COMMIT [PART…]
//                                           Toss beside KDE Connect in one network; PART is clips (or small), throughput, large, start, idle: all
//                                           unless given. The lab's table, if it is there, is taken from artifacts/lab/table.md
//   Toss.Benchmarks history PACKAGE REPORT COMMIT [CLIPS…]
//                                           start, search and memory of long histories: 10000 and 100000 unless given
//   Toss.Benchmarks quic-serve | quic-fetch one end of that
//   Toss.Benchmarks echo                    the bare store-and-forward WebSocket server they are compared with
using System.Globalization;
using System.Net;
using Toss.Benchmarks;
using Toss.Benchmarks.Histories;
using Toss.Benchmarks.Lan;
using Toss.Benchmarks.Quic;
using Toss.Quic;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["echo"]:
        await EchoServer.RunAsync();
        return 0;
    case ["udp"]:
        UdpRun.Print(UdpRun.Measure(rounds: 5));
        return 0;
    case ["quic-serve", var at, var suite]:
        await QuicProgram.ServeAsync(IPAddress.Parse(at), Enum.Parse<CipherSuite>(suite));
        return 0;
    case ["quic-fetch", var server, var suite]:
        await QuicProgram.FetchAsync(IPEndPoint.Parse(server), Enum.Parse<CipherSuite>(suite));
        return 0;
    case ["quic", var report, var commit, .. var parts]:
        await File.WriteAllTextAsync(report, QuicReport.Write(await QuicFigures.MeasureAsync(parts), commit));
        return 0;
    case ["lan", var package, var report, var commit, .. var parts]:
        var found = await LanFigures.MeasureAsync(package, parts);
        var lab = Path.Combine("artifacts", "lab", "table.md");
        var table =
            (parts.Length == 0 || parts.Contains("lab")) && File.Exists(lab) ? await File.ReadAllLinesAsync(lab) : [];
        await File.WriteAllTextAsync(report, LanReport.Write(found, commit, table));
        return 0;
    case ["history", var package, var report, var commit, .. var sizes]:
        var histories = new List<HistoryFigures>();
        using (FilledCache.Fill())
        {
            foreach (var clips in sizes.Length == 0 ? ["10000", "100000"] : sizes)
            {
                histories.Add(
                    await HistoryFigures.MeasureAsync(package, int.Parse(clips, CultureInfo.InvariantCulture))
                );
            }
        }
        var copyq = await CopyQ.MeasureAsync(CopyQ.Most);
        await File.WriteAllTextAsync(report, HistoryReport.Write(histories, copyq, commit));
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
        Console.Error.WriteLine(
            "usage: Toss.Benchmarks PACKAGE REPORT COMMIT | quic REPORT COMMIT [PART…] | lan PACKAGE REPORT COMMIT [PART…] | history PACKAGE REPORT COMMIT [CLIPS…] | udp | echo"
        );
        return 2;
}
