namespace Toss.Platform.KeyStores;

/// <summary>Names of secrets become file names and attributes, so they are plain.</summary>
internal static class SecretName
{
    /// <summary>Bytes of a secret, as <see cref="Core.Ports.IKeyStore"/> says.</summary>
    public const int SecretLimit = 4096;

    private const int NameLimit = 64;

    /// <summary>Lower-case letters, digits, dashes. Throws: names come from code, never from outside.</summary>
    public static void Check(string name)
    {
        if (
            name is not { Length: > 0 and <= NameLimit }
            || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        )
        {
            throw new ArgumentException(
                "A secret's name has lower-case letters, digits and dashes only.",
                nameof(name)
            );
        }
    }

    public static void CheckSize(ReadOnlyMemory<byte> secret)
    {
        if (secret.Length is 0 or > SecretLimit)
        {
            throw new ArgumentException($"A secret has 1 to {SecretLimit} bytes.", nameof(secret));
        }
    }
}
