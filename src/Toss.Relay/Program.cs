using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Toss;
using Toss.Relay;
using Toss.Relay.Hosting;
using Toss.Wire;

// Exit codes: 0 stopped as asked, 1 could not start, 2 the command line.
var home = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
var defaultData = string.IsNullOrEmpty(home) ? "toss-relay-data" : Path.Combine(home, "toss-relay");
if (!RelayCommandLine.TryParse(args, defaultData, out var options, out var problem))
{
    return Fail($"{problem}; see toss-relay --help", 2);
}
if (options.Help)
{
    Console.WriteLine(RelayCommandLine.Usage);
    return 0;
}
if (options.Version)
{
    Console.WriteLine($"toss-relay {RelayVersion.Text}, protocol {ProtocolVersions.Relay}");
    return 0;
}
try
{
    SQLitePCL.Batteries_V2.Init();
    Directory.CreateDirectory(options.Data);
    var token = options.TokenFile is null ? null : File.ReadAllText(options.TokenFile).Trim();
    if (token is "")
    {
        return Fail($"{options.TokenFile} is empty", 1);
    }
    var time = TimeProvider.System;
    FaultClock.Replace(ref time);
    await using var server = await RelayServer.StartAsync(
        options.Data,
        options.Listen,
        options.Udp,
        options.Certificate is null ? null : LoadCertificate(options.Certificate, options.Key!),
        RelayRules.Default with
        {
            Token = token,
            Circuits = options.Circuits,
        },
        time,
        options.Verbose
    );
    Console.WriteLine($"toss-relay listening on {server.Url.AbsoluteUri.TrimEnd('/')}");
    await server.WaitAsync();
    return 0;
}
catch (RelayStorageException exception)
{
    return Fail(
        exception.Failure switch
        {
            RelayStorageFailure.TooNew => $"{options.Data} was written by a newer version: update toss-relay",
            RelayStorageFailure.Damaged => $"{options.Data} is damaged: restore a backup, or move it away",
            RelayStorageFailure.InUse => $"{options.Data} is in use by another toss-relay",
            _ => $"cannot use {options.Data}: {exception.InnerException?.Message}",
        },
        1
    );
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
{
    return Fail(exception.Message, 1);
}

static int Fail(string message, int code)
{
    Console.Error.WriteLine($"toss-relay: {message}");
    return code;
}

static X509Certificate2Collection LoadCertificate(string certificate, string key)
{
    // The first is the server's own; the others lead to the root.
    var chain = new X509Certificate2Collection();
    chain.ImportFromPemFile(certificate);
    chain[0] = X509Certificate2.CreateFromPemFile(certificate, key);
    return chain;
}
