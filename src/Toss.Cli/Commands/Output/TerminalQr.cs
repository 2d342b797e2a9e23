using System.Text;
using QRCoder;

namespace Toss.Cli.Commands.Output;

/// <summary>
/// A QR code in a terminal: two modules a character by half blocks, about square. Its colours are set on every line,
/// black on white, so that it reads the same on a dark and on a light terminal; without colours it assumes a dark one.
/// </summary>
internal static class TerminalQr
{
    private const string BlackOnWhite = "\e[38;5;16;48;5;231m";
    private const string Reset = "\e[0m";

    /// <summary>Columns the code needs, with its quiet zone.</summary>
    public static int Columns(string content) => Matrix(content).Count;

    public static string Draw(string content, bool colours)
    {
        var modules = Matrix(content);
        var drawing = new StringBuilder();
        for (var row = 0; row < modules.Count; row += 2)
        {
            if (colours)
            {
                drawing.Append(BlackOnWhite);
            }
            for (var column = 0; column < modules.Count; column++)
            {
                var upper = modules[row][column];
                // Below the last row is quiet zone, which is white.
                var lower = row + 1 < modules.Count && modules[row + 1][column];
                // Coloured, ink is a dark module; else ink is light, as a dark terminal shows it.
                drawing.Append(colours ? Ink(upper, lower) : Ink(!upper, !lower));
            }
            drawing.Append(colours ? Reset : "").Append('\n');
        }
        return drawing.ToString();
    }

    private static char Ink(bool upper, bool lower) =>
        (upper, lower) switch
        {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            _ => ' ',
        };

    private static List<System.Collections.BitArray> Matrix(string content)
    {
        // L: a screen has no scratches, and fewer modules fit more terminals.
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.L);
        return code.ModuleMatrix;
    }
}
