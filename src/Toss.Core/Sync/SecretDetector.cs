using System.Buffers;
using System.Text;
using Toss.Core.Clips;

namespace Toss.Core.Sync;

/// <summary>
/// Tells secrets that no hint marks: one-time codes, card numbers, private keys. Only short texts that are nothing else, so
/// that what is taken for a secret by mistake is rare; it looks at this device and nowhere else.
/// </summary>
public static class SecretDetector
{
    /// <summary>Bytes of a text that is only a number.</summary>
    private const int MostNumber = 40;

    /// <summary>Bytes of a message that brings a code.</summary>
    private const int MostMessage = 300;

    /// <summary>Bytes that are searched for the head of a private key.</summary>
    private const int MostKey = 64 * 1024;

    private static readonly SearchValues<string> Keys = SearchValues.Create(
        [
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----",
            "-----BEGIN DSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----",
            "PuTTY-User-Key-File-",
            "AGE-SECRET-KEY-1",
        ],
        StringComparison.Ordinal
    );

    /// <summary>What messages call a one-time code, as whole words, in the languages whose banks we know.</summary>
    private static readonly HashSet<string> CodeWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "code",
        "otp",
        "passcode",
        "tan",
        "mtan",
        "sicherheitscode",
        "best\u00e4tigungscode",
        "verification",
        "c\u00f3digo",
        "codice",
        "kod",
    };

    public static bool IsSecret(IReadOnlyList<ContentRepresentation> representations) =>
        representations.FirstOrDefault(one => MediaTypes.IsText(one.MediaType)) is { } text
        && IsSecret(text.Bytes.Span);

    private static bool IsSecret(ReadOnlySpan<byte> utf8)
    {
        var trimmed = utf8.Trim("\0\r\n\t "u8);
        if (trimmed.Length is 0 or > MostKey)
        {
            return false;
        }
        var text = Encoding.UTF8.GetString(trimmed);
        return text.AsSpan().ContainsAny(Keys)
            || (trimmed.Length <= MostNumber && (IsCode(text) || IsCard(text)))
            || (trimmed.Length <= MostMessage && BringsCode(text));
    }

    /// <summary>Six digits, as authenticators show them: together, or in two groups.</summary>
    private static bool IsCode(string text) =>
        text.Length is 6 or 7
        && text.All(c => char.IsAsciiDigit(c) || c is ' ' or '-')
        && Digits(text).Length == 6
        && (text.Length == 6 || text[3] is ' ' or '-');

    /// <summary>ISO/IEC 7812: 13 to 19 digits of a payment network, in usual groups, whose check digit is right.</summary>
    private static bool IsCard(string text)
    {
        var digits = Digits(text);
        return digits.Length is >= 13 and <= 19
            && digits[0] is '3' or '4' or '5' or '6'
            && text.All(c => char.IsAsciiDigit(c) || c is ' ' or '-')
            && (digits.Length == text.Length || text.Split(' ', '-').All(group => group.Length is >= 3 and <= 7))
            && digits.Distinct().Count() > 1
            && HasCheckDigit(digits);
    }

    /// <summary>
    /// A short message that names a code and has exactly one number that stands alone, of six to eight digits: shorter ones are
    /// years, prices and line numbers.
    /// </summary>
    private static bool BringsCode(string text)
    {
        var words = text.Split(
            [' ', '\n', '\r', '\t', ',', ';', ':', '(', ')', '"', '!', '?'],
            StringSplitOptions.RemoveEmptyEntries
        );
        return words.Any(word => CodeWords.Contains(word.TrimEnd('.')))
            && words.Count(word => IsCodeNumber(word.TrimEnd('.'))) == 1
            && !words.Any(word => word.Any(char.IsAsciiDigit) && !IsCodeNumber(word.TrimEnd('.')) && word.Length > 3);
    }

    /// <summary>Some begin with the sender's letter: G-493021.</summary>
    private static bool IsCodeNumber(string word)
    {
        var digits = word.Length > 2 && char.IsAsciiLetterUpper(word[0]) && word[1] == '-' ? word[2..] : word;
        return digits.Length is >= 6 and <= 8 && digits.All(char.IsAsciiDigit);
    }

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    /// <summary>ISO/IEC 7812-1, annex B.</summary>
    private static bool HasCheckDigit(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit * 2 / 10 + digit * 2 % 10;
        }
        return sum % 10 == 0;
    }
}
