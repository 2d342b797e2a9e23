// Commands on standard input, one a line, fields apart by tabs; an answer to each, whose last line begins with "done" or "failed".
//   copy FORMAT FILE …            replaces the clipboard; a format is a number or a registered name
//   more FORMAT FILE …            adds to what is there, as programs that copy in steps do
//   empty
//   read FOLDER                   a line "format NAME SIZE" each; the bytes are in FOLDER, in files 0, 1, …
//   formats                       a line "format NAME" each, without asking for their bytes
//   paste FORMAT FILE             "pasted SIZE MILLISECONDS"; nothing, if its owner gives nothing
//   keep                          reads whatever appears from now on, all of it at once
//   kept                          a line "format NAME SIZE" for each that was read so, oldest first
//   files                         a line "file PATH" for each that is there, as Windows reads them
//   promise FORMAT FILE MILLISECONDS   renders it so long after it is asked for
//   hold MILLISECONDS             keeps the clipboard open so long; says "holding" first
//   sequence                      "done NUMBER"
using System.Collections.Concurrent;
using System.Globalization;
using WinPeer;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// UTF-8, whatever this Windows writes on a console.
var output = new StreamWriter(Console.OpenStandardOutput());
var lines = new ConcurrentQueue<string>();
ForeignClipboard? clipboard = null;
clipboard = new ForeignClipboard(() =>
{
    while (lines.TryDequeue(out var line))
    {
        try
        {
            Obey(line.TrimEnd('\r').Split('\t'));
            Say($"done\t{User32.GetClipboardSequenceNumber()}");
        }
        catch (Exception failure)
        {
            Say($"failed\t{failure.Message.ReplaceLineEndings(" ")}");
        }
    }
});
new Thread(() =>
{
    while (Console.In.ReadLine() is { } line)
    {
        lines.Enqueue(line);
        clipboard.Wake();
    }
    Environment.Exit(0);
})
{
    IsBackground = true,
}.Start();
Say("ready");
ForeignClipboard.Pump();

void Obey(string[] fields)
{
    switch (fields)
    {
        case ["copy", .. var formats]:
            clipboard!.Copy(Pairs(formats));
            break;
        case ["more", .. var formats]:
            clipboard!.Copy(Pairs(formats), more: true);
            break;
        case ["empty"]:
            clipboard!.Empty();
            break;
        case ["read", var folder]:
            foreach (var (format, size) in clipboard!.Read(folder))
            {
                Say($"format\t{format}\t{size}");
            }
            break;
        case ["formats"]:
            foreach (var name in clipboard!.Formats())
            {
                Say($"format\t{name}");
            }
            break;
        case ["paste", var format, var file]:
            var (pasted, time) = clipboard!.Paste(format, file);
            Say($"pasted\t{pasted}\t{time}");
            break;
        case ["keep"]:
            clipboard!.Keep();
            break;
        case ["kept"]:
            foreach (var (name, size) in clipboard!.Kept)
            {
                Say($"format\t{name}\t{size}");
            }
            break;
        case ["files"]:
            foreach (var path in clipboard!.Files())
            {
                Say($"file\t{path}");
            }
            break;
        case ["promise", var format, var file, var milliseconds]:
            clipboard!.Promise(format, file, int.Parse(milliseconds));
            break;
        case ["hold", var milliseconds]:
            clipboard!.Hold(int.Parse(milliseconds), () => Say("holding"));
            break;
        case ["sequence"]:
            break;
        default:
            throw new ArgumentException($"not a command: {fields[0]}");
    }
}

static IEnumerable<(string Format, string File)> Pairs(string[] fields) =>
    fields.Chunk(2).Select(pair => (pair[0], pair[1]));

void Say(string line)
{
    output.WriteLine(line);
    output.Flush();
}
