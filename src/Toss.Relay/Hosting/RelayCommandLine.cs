using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Toss.Relay.Hosting;

/// <summary>What the command line said.</summary>
public sealed record RelayCommandLine
{
    public const string Usage = """
        toss-relay, the mailbox for devices that cannot reach one another

          --listen ADDR:PORT   where to listen (127.0.0.1:8787; port 0 takes a free one)
          --udp ADDR:PORT|off  where devices behind NATs learn where they are seen (as --listen; takes the next port too)
          --circuits on|off    whether devices that cannot reach one another move large clips through here, unstored (on)
          --data DIR           mailboxes and blobs ($XDG_DATA_HOME/toss-relay, or ./toss-relay-data)
          --cert FILE          certificate chain, PEM; with --key, TLS is served here
          --key FILE           its private key, PEM
          --token-file FILE    let in only who knows the token in this file
          --verbose            log connections, with addresses
          --version, --help
        """;

    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8787);

    /// <summary>Null: nowhere.</summary>
    public IPEndPoint? Udp { get; init; }

    public bool Circuits { get; init; } = true;

    public required string Data { get; init; }

    public string? Certificate { get; init; }

    public string? Key { get; init; }

    public string? TokenFile { get; init; }

    public bool Verbose { get; init; }

    public bool Help { get; init; }

    public bool Version { get; init; }

    /// <summary>False with a sentence for people.</summary>
    public static bool TryParse(
        IReadOnlyList<string> arguments,
        string defaultData,
        [NotNullWhen(true)] out RelayCommandLine? options,
        [NotNullWhen(false)] out string? problem
    )
    {
        options = new RelayCommandLine { Data = defaultData };
        problem = null;
        var saysUdp = false;
        for (var i = 0; i < arguments.Count && problem is null; i++)
        {
            var name = arguments[i];
            var equals = name.IndexOf('=', StringComparison.Ordinal);
            string? value = null;
            if (equals > 0)
            {
                (name, value) = (name[..equals], name[(equals + 1)..]);
            }
            switch (name)
            {
                case "--help" or "-h":
                    options = options with { Help = true };
                    continue;
                case "--version":
                    options = options with { Version = true };
                    continue;
                case "--verbose":
                    options = options with { Verbose = true };
                    continue;
                case "--listen" or "--udp" or "--circuits" or "--data" or "--cert" or "--key" or "--token-file":
                    break;
                default:
                    problem = $"unknown option {name}";
                    continue;
            }
            value ??= i + 1 < arguments.Count ? arguments[++i] : "";
            if (value.Length == 0)
            {
                problem = $"{name} needs a value";
                continue;
            }
            (options, problem) = Set(options, name, value);
            saysUdp |= name == "--udp";
        }
        if (problem is null && options.Certificate is null != options.Key is null)
        {
            problem = "--cert and --key go together";
        }
        if (!saysUdp)
        {
            options = options with { Udp = options.Listen };
        }
        if (problem is not null)
        {
            options = null;
            return false;
        }
        return true;
    }

    private static (RelayCommandLine, string?) Set(RelayCommandLine options, string name, string value)
    {
        switch (name)
        {
            case "--listen":
                return TryReadEndPoint(value, out var listen)
                    ? (options with { Listen = listen }, null)
                    : (options, "--listen wants ADDRESS:PORT, such as 0.0.0.0:8787");
            case "--udp" when value == "off":
                return (options with { Udp = null }, null);
            case "--udp":
                return TryReadEndPoint(value, out var udp)
                    ? (options with { Udp = udp }, null)
                    : (options, "--udp wants ADDRESS:PORT, such as 0.0.0.0:8787, or off");
            case "--circuits":
                return value is "on" or "off"
                    ? (options with { Circuits = value == "on" }, null)
                    : (options, "--circuits wants on or off");
            case "--data":
                return (options with { Data = value }, null);
            case "--cert":
                return (options with { Certificate = value }, null);
            case "--key":
                return (options with { Key = value }, null);
            default:
                return (options with { TokenFile = value }, null);
        }
    }

    private static bool TryReadEndPoint(string text, [NotNullWhen(true)] out IPEndPoint? read) =>
        IPEndPoint.TryParse(text, out read) && text.Contains(':', StringComparison.Ordinal);
}
