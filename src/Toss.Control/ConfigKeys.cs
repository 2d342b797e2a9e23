namespace Toss.Control;

/// <summary>The settings by their names in `toss config`.</summary>
public static class ConfigKeys
{
    public const string Relay = "relay";
    public const string RelayToken = "relay-token";
    public const string MaxSize = "max-size";
    public const string FetchDirect = "fetch-direct";
    public const string FetchRelayed = "fetch-relayed";
    public const string Metered = "metered";
    public const string HistoryClips = "history-clips";
    public const string HistoryDays = "history-days";
    public const string HistorySize = "history-size";
    public const string HistoryDaysText = "history-days-text";
    public const string HistoryDaysUrl = "history-days-url";
    public const string HistoryDaysPicture = "history-days-picture";
    public const string HistoryDaysOther = "history-days-other";
    public const string ShareSecrets = "share-secrets";
    public const string ExcludeApps = "exclude-apps";
    public const string ReceiveFolder = "receive-folder";
    public const string DetectSecrets = "detect-secrets";
    public const string Theme = "theme";
}
