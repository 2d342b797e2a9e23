using System.Globalization;

namespace Toss.Control.Http;

/// <summary>
/// The control API on the wire: HTTP/1.1 on a socket only its owner can open. Every request and every answer names the
/// version; the two ends are of one installation, so a difference means that one of them was not restarted or updated.
/// </summary>
public static class ControlProtocol
{
    public const int Version = 1;
    public const string VersionHeader = "Toss-Control-Version";

    /// <summary>The media type of a pasted representation, percent-encoded; the body is its bytes and nothing else.</summary>
    public const string MediaTypeHeader = "Toss-Media-Type";

    /// <summary><see cref="Yes"/> beside content that is a secret.</summary>
    public const string SecretHeader = "Toss-Secret";

    public const string Yes = "yes";

    /// <summary><see cref="Yes"/> beside a backup whose settings and rules are to be taken too.</summary>
    public const string SettingsHeader = "Toss-Settings";

    /// <summary>One JSON value a line.</summary>
    public const string LinesMediaType = "application/x-ndjson";

    /// <summary>A request that is not a stream. Equal to Toss.Wire.Limits.ControlRequest; this project references nothing.</summary>
    public const int MaxRequest = 256 * 1024;

    /// <summary>Content given to copy. Equal to Toss.Wire.Limits.Content.</summary>
    public const long MaxContent = 4L * 1024 * 1024 * 1024;

    /// <summary>A login password: what Linux-PAM takes (PAM_MAX_RESP_SIZE), without its end.</summary>
    public const int MaxPassword = 511;

    /// <summary>Bytes of the length that stands before the passphrase before a backup, big-endian.</summary>
    public const int PassphraseLengthSize = 2;

    /// <summary>Bytes of the length that stands before the list of files whose bytes follow it, big-endian.</summary>
    public const int ListLengthSize = 4;

    /// <summary>Such a list: ten thousand files with 800 bytes of names each, more than anybody has.</summary>
    public const int MaxFileList = 8 * 1024 * 1024;

    /// <summary>Bytes of a backup by which a wrong passphrase is told; a header of Toss.Crypto, and room for longer ones.</summary>
    public const int BackupBeginning = 1024;

    /// <summary>An answer that is not a stream: a long history with previews of 1,024 characters, and room.</summary>
    public const int MaxAnswer = 64 * 1024 * 1024;

    public const string Status = "/status";
    public const string Events = "/events";
    public const string Doctor = "/doctor";
    public const string TestRelay = "/relay/test";
    public const string OpenPairing = "/pairing";
    public const string ConfirmPairing = "/pairing/answer";
    public const string Join = "/join";
    public const string Devices = "/devices";
    public const string Unpair = "/devices/unpair";
    public const string Leave = "/leave";
    public const string Rename = "/name";
    public const string Config = "/config";
    public const string Copy = "/copy";
    public const string Paste = "/paste";
    public const string History = "/history";
    public const string KeepHistory = "/history/keep";
    public const string CopyAgain = "/history/copy";
    public const string Delete = "/history/delete";
    public const string ClearHistory = "/history/clear";
    public const string UndoDelete = "/history/undo";
    public const string MarkClip = "/history/mark";

    /// <summary>With a clip's id after it, and `/formats/NUMBER` after that.</summary>
    public const string Clips = "/clips/";
    public const string Formats = "/formats/";
    public const string Storage = "/storage";
    public const string Export = "/backup/export";
    public const string CheckBackup = "/backup/check";
    public const string Import = "/backup/import";
    public const string RenewKeys = "/keys/renew";
    public const string OpenScreens = "/screens/open";
    public const string WaitForScreens = "/screens/wait";
    public const string CloseScreens = "/screens/close";

    /// <summary>Beneath the screens' site, and no request of the API: see <see cref="ScreenProof"/>.</summary>
    public const string ScreenSession = "/session/";
    public const string GreetScreens = ScreenSession + "greet/";
    public const string ReturnToScreens = ScreenSession + "return/";
    public const string OpenApi = "/openapi.json";
    public const string About = "/about";
    public const string Rules = "/rules";
    public const string ResetRules = "/rules/reset";
    public const string Send = "/send";
    public const string SendFiles = "/send/files";
    public const string SendGivenFiles = "/send/given";
    public const string CheckGivenFiles = "/send/given/check";
    public const string Accept = "/accept";
    public const string Pause = "/pause";
    public const string Resume = "/resume";
    public const string Trace = "/trace";
    public const string Cancel = "/transfers/cancel";
    public const string Bench = "/bench";
    public const string Stop = "/stop";

    /// <summary>What the agent says to a request whose version is not its own; null if it is.</summary>
    public static ControlException? RefusalByAgent(string? header, int version = Version)
    {
        if (!TryReadVersion(header, out var client))
        {
            return new ControlException(
                ControlErrors.UpdateNeeded,
                "the request does not name a version of the control API",
                $"send the header {VersionHeader}: {Version}"
            );
        }
        return client == version ? null
            : client > version ? AgentIsOlder()
            : ProgramIsOlder();
    }

    /// <summary>What the client says of an answer whose version is not its own; null if it is.</summary>
    public static ControlException? RefusalByClient(string? header, int version = Version)
    {
        if (!TryReadVersion(header, out var agent))
        {
            return new ControlException(
                ControlErrors.UpdateNeeded,
                "what answers on the control socket is not a toss agent of a known version",
                "run `toss down`, then `toss up`"
            );
        }
        return agent == version ? null
            : agent > version ? ProgramIsOlder()
            : AgentIsOlder();
    }

    private static bool TryReadVersion(string? header, out int version) =>
        int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out version);

    private static ControlException AgentIsOlder() =>
        new(
            ControlErrors.UpdateNeeded,
            "the running toss agent is older than this program",
            "update the agent: run `toss down` (or end its process), then `toss up`"
        );

    private static ControlException ProgramIsOlder() =>
        new(ControlErrors.UpdateNeeded, "the running toss agent is newer than this program", "update toss");
}
