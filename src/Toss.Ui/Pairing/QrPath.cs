using System.Globalization;
using System.Text;
using QRCoder;

namespace Toss.Ui.Pairing;

/// <summary>A QR code as one path of squares, a module each, with its quiet zone around it.</summary>
public static class QrPath
{
    /// <summary>The path, and how many modules a side has.</summary>
    public static (string Path, int Side) Draw(string content)
    {
        // M: a camera that is held askew reads it still.
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.M);
        var modules = code.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < modules.Count; y++)
        {
            for (var x = 0; x < modules.Count; x++)
            {
                var begin = x;
                while (x < modules.Count && modules[y][x])
                {
                    x++;
                }
                if (x > begin)
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{begin} {y}h{x - begin}v1h-{x - begin}z");
                }
            }
        }
        return (path.ToString(), modules.Count);
    }
}
