using System.Text;
using Toss.Core.Clips;

namespace Toss.Testing.Agents;

/// <summary>Content for clips in tests.</summary>
public static class TestContent
{
    public static ContentRepresentation Text(string text) => new(MediaTypes.Text, Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes that do not compress, the same for every run.</summary>
    public static byte[] Noise(int size, ulong seed = 1)
    {
        var bytes = new byte[size];
        new SeededRandomSource(seed).Fill(bytes);
        return bytes;
    }
}
