namespace Toss.Control;

/// <summary>
/// Everything one can ask of a running agent: what the CLI, the screens and scripts use. The agent implements it; over
/// the owner-only socket <see cref="HttpControl"/> does. Expected failures are <see cref="ControlException"/>.
/// </summary>
public interface IControl
{
    Task<StatusReport> GetStatusAsync(CancellationToken cancellation);

    /// <summary>
    /// What happens, as it happens: first an <see cref="AgentSnapshot"/>, or what came after <paramref name="after"/> where
    /// this agent remembers that. Who reads slowly misses events and gets another snapshot in their place. Ends with the agent.
    /// </summary>
    IAsyncEnumerable<AgentEvent> WatchAsync(EventPosition? after, CancellationToken cancellation);

    /// <summary>Looks at everything this device needs, for `toss doctor`: takes seconds, and changes nothing.</summary>
    Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation);

    /// <summary>
    /// Connects to a relay and logs in, under a key that is used for this once; a check as <see cref="ExamineAsync"/> has them, with
    /// the next step. Takes up to 20 seconds where nobody answers; `invalid-config` if it is no address of a relay.
    /// </summary>
    Task<DoctorCheck> TestRelayAsync(RelayTestRequest request, CancellationToken cancellation);

    /// <summary>
    /// Opens a pairing and shows it: first <see cref="PairingOpened"/>, then <see cref="PairingConfirm"/> when a newcomer
    /// proved the code, then exactly one of <see cref="PairingDone"/> and <see cref="PairingFailed"/>. Cancelling, or
    /// letting go of the stream, withdraws the code.
    /// </summary>
    IAsyncEnumerable<PairingEvent> OpenPairingAsync(OpenPairingRequest request, CancellationToken cancellation);

    /// <summary>The answer to <see cref="PairingConfirm"/>.</summary>
    Task ConfirmPairingAsync(string pairingId, bool accept, CancellationToken cancellation);

    /// <summary>Joins with a typed code or a link; ends with exactly one of <see cref="PairingDone"/> and <see cref="PairingFailed"/>.</summary>
    IAsyncEnumerable<PairingEvent> JoinAsync(JoinRequest request, CancellationToken cancellation);

    Task<IReadOnlyList<DeviceReport>> GetDevicesAsync(CancellationToken cancellation);

    /// <summary>Removes a device for good. The device is named by id, a unique prefix of it, or its name.</summary>
    Task<DeviceReport> UnpairAsync(string device, IReadOnlyList<string> keep, CancellationToken cancellation);

    Task LeaveAsync(CancellationToken cancellation);

    Task RenameAsync(string name, CancellationToken cancellation);

    Task<IReadOnlyList<ConfigEntry>> GetConfigAsync(CancellationToken cancellation);

    /// <summary>Null sets the default again. A refused value fails with code `invalid-config` and names the key.</summary>
    Task<ConfigEntry> SetConfigAsync(string key, string? value, CancellationToken cancellation);

    /// <summary>As if copied on this device. The stream is read to its end, within limits.</summary>
    /// <param name="isSecret">As a password manager would mark it: into no history, and gone everywhere after a minute.</param>
    Task<CopyReport> CopyAsync(string mediaType, Stream content, bool isSecret, CancellationToken cancellation);

    /// <summary>
    /// This device's clipboard in one media type (null: the best text, else the first). Waits up to
    /// <paramref name="wait"/> for a change that brings it; null if there is nothing.
    /// </summary>
    Task<PasteContent?> PasteAsync(string? mediaType, TimeSpan? wait, CancellationToken cancellation);

    Task<HistoryPage> GetHistoryAsync(HistoryRequest request, CancellationToken cancellation);

    /// <summary>A clip of history, named by its id or the beginning of it; `no-such-clip` if there is none.</summary>
    Task<ClipReport> GetClipAsync(string clip, CancellationToken cancellation);

    /// <summary>One format of it, by its number, from this offset to the end; read as it is taken, not all at once.</summary>
    Task<FormatContent> ReadClipAsync(string clip, int format, long offset, CancellationToken cancellation);

    /// <summary>As if it were copied on this device once more: it is the newest then, here and on the others.</summary>
    Task<CopyReport> CopyAgainAsync(CopyAgainRequest request, CancellationToken cancellation);

    /// <summary>
    /// Deletes clips from this device's history, until <see cref="UndoDeleteAsync"/>; or everywhere, at once and for good. Clipboards hold
    /// what they hold. All of them, or none if one is not found.
    /// </summary>
    Task<DeleteReport> DeleteAsync(DeleteRequest request, CancellationToken cancellation);

    /// <summary>The same on this device of all of history but what is pinned.</summary>
    Task<DeleteReport> ClearHistoryAsync(CancellationToken cancellation);

    /// <summary>Puts back what the last command deleted here in the last ten minutes; `empty` if there is nothing.</summary>
    Task<UndoReport> UndoDeleteAsync(CancellationToken cancellation);

    /// <summary>
    /// Pins and tags, which stay on this device: what is pinned is kept whatever its age; `no-room` if pins would take more than half of
    /// what history may.
    /// </summary>
    Task<HistoryEntry> MarkClipAsync(MarkRequest request, CancellationToken cancellation);

    Task<StorageReport> GetStorageAsync(CancellationToken cancellation);

    /// <summary>
    /// A backup of history, settings and rules under a passphrase (UTF-8), as it is read; one at a time. It is whole if the stream ends
    /// without a failure and <see cref="GetExportAsync"/> says so. `weak-passphrase` if it is too short. The caller wipes the
    /// passphrase once this has completed, and disposes the stream.
    /// </summary>
    Task<Stream> ExportAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellation);

    /// <summary>What the last export of this run wrote, or the one under way has written so far; `empty` if there was none.</summary>
    Task<ExportReport> GetExportAsync(CancellationToken cancellation);

    /// <summary>
    /// Says what <see cref="ImportAsync"/> would refuse at once: something that is no backup, another passphrase, a history that takes
    /// none now. Derives the key, and changes nothing. The caller wipes the passphrase once this has completed.
    /// </summary>
    /// <param name="beginning">Its first <see cref="Http.ControlProtocol.BackupBeginning"/> bytes, or all there are.</param>
    Task CheckBackupAsync(
        ReadOnlyMemory<byte> passphrase,
        ReadOnlyMemory<byte> beginning,
        CancellationToken cancellation
    );

    /// <summary>
    /// Takes a backup into history: what is there already is not there twice and gets back what of its content is missing, what was deleted
    /// stays deleted, and nothing is sent. What came before a failure stays. The caller wipes the passphrase once this has completed.
    /// </summary>
    /// <param name="settings">Its settings and rules in place of this device's too.</param>
    Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> passphrase,
        Stream backup,
        bool settings,
        CancellationToken cancellation
    );

    /// <summary>New keys with every device, from the next message on, and a new prekey if this one is not new; `busy` within a minute.</summary>
    Task<RenewReport> RenewKeysAsync(CancellationToken cancellation);

    Task<AboutReport> GetAboutAsync(CancellationToken cancellation);

    /// <summary>
    /// Unlocks the history of a circle that removed this device, for good, with this user's password at the operating system
    /// (UTF-8, at most <see cref="Http.ControlProtocol.MaxPassword"/> bytes). The caller wipes it once this has completed.
    /// </summary>
    Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation);

    Task<IReadOnlyList<RuleReport>> GetRulesAsync(CancellationToken cancellation);

    /// <summary>The rules after it. It holds for what is copied or comes from now on, and for what has not left yet.</summary>
    Task<IReadOnlyList<RuleReport>> SetRuleAsync(SetRuleRequest request, CancellationToken cancellation);

    /// <summary>No rules any more: everything is shared with every device of the circle.</summary>
    Task ResetRulesAsync(CancellationToken cancellation);

    /// <summary>
    /// The current clip, or one of history, to one device, or to all with the rule `ask`; `by-rule` where the rule is `never`. What is
    /// older than that device's clipboard goes into its history.
    /// </summary>
    Task<SendReport> SendAsync(SendRequest request, CancellationToken cancellation);

    /// <summary>
    /// Files and folders of this machine to one device, or to all; they go into a folder there. Letting go of the stream before it
    /// ended stops what has not arrived, and nothing of it stays.
    /// </summary>
    IAsyncEnumerable<SendEvent> SendFilesAsync(SendFilesRequest request, CancellationToken cancellation);

    /// <summary>
    /// The same of files whose bytes are given and not their paths: what a page of a browser has. Letting go of the stream before
    /// <see cref="SendSealed"/> leaves nothing; after it they go on by themselves, and <see cref="CancelAsync"/> stops them.
    /// </summary>
    /// <param name="content">The bytes of all files, one behind the other, read to its end; it may not have one byte more or less.</param>
    IAsyncEnumerable<SendEvent> SendGivenFilesAsync(
        GivenFilesRequest request,
        Stream content,
        CancellationToken cancellation
    );

    /// <summary>Whether such files would be taken now, before anybody sends their bytes; it fails as the other would.</summary>
    Task CheckGivenFilesAsync(GivenFilesRequest request, CancellationToken cancellation);

    /// <summary>Puts a clip that a rule kept in history on the clipboard: the newest, or the one whose id begins so.</summary>
    Task<AcceptReport> AcceptAsync(string? clip, CancellationToken cancellation);

    /// <summary>Nothing is sent or put on the clipboard for so long; null: until <see cref="ResumeAsync"/>.</summary>
    Task PauseAsync(TimeSpan? duration, CancellationToken cancellation);

    Task ResumeAsync(CancellationToken cancellation);

    /// <summary>The last clips, stage by stage, newest first.</summary>
    Task<IReadOnlyList<TraceReport>> GetTraceAsync(int limit, CancellationToken cancellation);

    /// <summary>
    /// Stops a transfer that <see cref="StatusReport.Transfers"/> lists. Of one that comes nothing stays here; who gets one hears
    /// why there is no more.
    /// </summary>
    Task<TransferReport> CancelAsync(int transfer, CancellationToken cancellation);

    /// <summary>Measures the direct link to a device, so many megabytes each way; `no-link` if there is none.</summary>
    Task<BenchReport> BenchAsync(string device, int megabytes, CancellationToken cancellation);

    /// <summary>The agent ends after it answered.</summary>
    Task StopAsync(CancellationToken cancellation);
}
