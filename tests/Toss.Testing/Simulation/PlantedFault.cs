namespace Toss.Testing.Simulation;

/// <summary>A bug put into a device on purpose, at one of its ports, to see that the simulator finds it.</summary>
public enum PlantedFault
{
    /// <summary>Session rows are not in the transaction of what they sealed.</summary>
    SealsNotStored,

    /// <summary>Session rows are not in the transaction of what they opened.</summary>
    OpensNotStored,

    /// <summary>Sessions are read as they were before the last step: every step finds that somebody else was first.</summary>
    SessionsStale,

    /// <summary>A step is two transactions.</summary>
    StepsTorn,

    /// <summary>A clip's row for one of its peers is forgotten.</summary>
    DeliveryForgotten,

    /// <summary>What a path accepted counts as answered.</summary>
    SentIsAnswered,

    /// <summary>A receipt counts for everything that is not answered.</summary>
    OneReceiptForAll,

    /// <summary>Rows expire a day early.</summary>
    ExpiredEarly,

    /// <summary>Envelopes and clips that came before are taken for new.</summary>
    NotDeduplicated,

    /// <summary>A receipt is due for a clip that is stored a moment later.</summary>
    ReceiptBeforeClip,

    /// <summary>A received message is remembered without the receipt it owes.</summary>
    ReceiptNotDue,

    /// <summary>What a member says of the circle is not kept.</summary>
    RosterNotStored,

    /// <summary>Revokes are forgotten when rosters are merged.</summary>
    RevokesForgotten,

    /// <summary>Who joins is stored without its Card.</summary>
    CardNotStored,

    /// <summary>Who is removed is not told.</summary>
    FarewellForgotten,

    /// <summary>What became of a clip is not kept for its receipt.</summary>
    OutcomeForgotten,

    /// <summary>A repeated message does not get its receipt again.</summary>
    RepeatsNotAnswered,

    /// <summary>A large clip is offered though the relay does not have it.</summary>
    UploadSkipped,

    /// <summary>A large clip stays unfinished after it was fetched.</summary>
    NeverWhole,

    /// <summary>Healing makes a new session and does not seal again.</summary>
    HealedButNotSealed,

    /// <summary>The clip that was copied last is not known to be the newest.</summary>
    NewestForgotten,

    /// <summary>What comes from others never claims the clipboard.</summary>
    ClaimForgotten,

    /// <summary>A stamp of another day claims the clipboard as any other does.</summary>
    FutureClaims,

    /// <summary>A copy is acknowledged and stored with the next thing that is.</summary>
    RecordedLate,

    /// <summary>The network says that an envelope arrived, and does not send it, while its peer is away.</summary>
    AcceptedEarly,

    /// <summary>An envelope is acknowledged before what it does is durable.</summary>
    AcknowledgedEarly,

    /// <summary>The network does not say who comes and goes.</summary>
    PresenceLost,

    /// <summary>The relay is said to have a large clip that never left.</summary>
    BlobStoredEarly,

    /// <summary>Large content is said to be on the disk, and is not.</summary>
    BlobsNotWritten,

    /// <summary>A write to the clipboard is reported and not made.</summary>
    ClipboardNotWritten,

    /// <summary>A write to the clipboard is made twice.</summary>
    ClipboardWrittenTwice,

    /// <summary>How long something lasted is measured by the clock that people set.</summary>
    WallClockForDurations,

    /// <summary>The wall clock stands still after the start.</summary>
    ClockStopped,

    /// <summary>Timers of more than half a minute never fire.</summary>
    TimersLost,

    /// <summary>After a restart the source of randomness begins again.</summary>
    RandomnessRepeats,

    /// <summary>The echo filter is off, as if it forgot at once: a clipboard that answers after its memory.</summary>
    EchoFilterOff,
}
