using System.Text.Json.Serialization;

namespace Toss.Control;

/// <summary>Everything the control API writes as JSON; generated at build time, so that it works ahead of time compiled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(IReadOnlyList<DoctorCheck>))]
[JsonSerializable(typeof(PairingEvent))]
[JsonSerializable(typeof(PairingOpened))]
[JsonSerializable(typeof(PairingWarning))]
[JsonSerializable(typeof(PairingConfirm))]
[JsonSerializable(typeof(PairingDone))]
[JsonSerializable(typeof(PairingFailed))]
[JsonSerializable(typeof(OpenPairingRequest))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(ConfirmRequest))]
[JsonSerializable(typeof(UnpairRequest))]
[JsonSerializable(typeof(RenameRequest))]
[JsonSerializable(typeof(SetConfigRequest))]
[JsonSerializable(typeof(PasteRequest))]
[JsonSerializable(typeof(HistoryRequest))]
[JsonSerializable(typeof(TraceRequest))]
[JsonSerializable(typeof(SetRuleRequest))]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(AcceptRequest))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(IReadOnlyList<RuleReport>))]
[JsonSerializable(typeof(SendReport))]
[JsonSerializable(typeof(AcceptReport))]
[JsonSerializable(typeof(DeviceReport))]
[JsonSerializable(typeof(IReadOnlyList<DeviceReport>))]
[JsonSerializable(typeof(ConfigEntry))]
[JsonSerializable(typeof(IReadOnlyList<ConfigEntry>))]
[JsonSerializable(typeof(CopyReport))]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(IReadOnlyList<HistoryEntry>))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(DeleteRequest))]
[JsonSerializable(typeof(DeleteReport))]
[JsonSerializable(typeof(UndoReport))]
[JsonSerializable(typeof(MarkRequest))]
[JsonSerializable(typeof(ClipReport))]
[JsonSerializable(typeof(CopyAgainRequest))]
[JsonSerializable(typeof(StorageReport))]
[JsonSerializable(typeof(RenewReport))]
[JsonSerializable(typeof(AboutReport))]
[JsonSerializable(typeof(ScreensOpened))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(TransferReport))]
[JsonSerializable(typeof(BenchRequest))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(TraceReport))]
[JsonSerializable(typeof(IReadOnlyList<TraceReport>))]
[JsonSerializable(typeof(AgentEvent))]
[JsonSerializable(typeof(ControlFailure))]
public sealed partial class ControlJson : JsonSerializerContext;
