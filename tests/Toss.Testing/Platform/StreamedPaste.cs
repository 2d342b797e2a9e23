using System.Diagnostics;
using System.Security.Cryptography;

namespace Toss.Testing.Platform;

/// <summary>What a program that pastes wrote: how much, its hash, and when; nothing of it is held.</summary>
public sealed record StreamedPaste(long Bytes, string Sha256, TimeSpan FirstByte, TimeSpan Total)
{
    public static async Task<StreamedPaste> OfAsync(Process program, long began)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var (bytes, first) = (0L, TimeSpan.Zero);
        var output = program.StandardOutput.BaseStream;
        while (true)
        {
            var read = await Watchdog.Within(
                output.ReadAsync(buffer).AsTask(),
                $"{program.StartInfo.FileName} to paste"
            );
            if (read == 0)
            {
                break;
            }
            first = bytes == 0 ? Stopwatch.GetElapsedTime(began) : first;
            bytes += read;
            hash.AppendData(buffer.AsSpan(0, read));
        }
        return new(bytes, Convert.ToHexStringLower(hash.GetHashAndReset()), first, Stopwatch.GetElapsedTime(began));
    }
}
