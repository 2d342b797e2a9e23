namespace Toss.Ui.Files;

/// <summary>How far it is with files that are sent.</summary>
public enum FileSendState
{
    /// <summary>Others are before it.</summary>
    Waiting,

    /// <summary>The agent reads them, and has nothing yet if that ends.</summary>
    Reading,

    /// <summary>The agent has them, and sends them whether this page is open or not.</summary>
    OnItsWay,

    /// <summary>Every device has answered, or is away.</summary>
    Over,

    /// <summary>On its way still; this page hears no more of it.</summary>
    GoesOn,

    /// <summary>A person stopped it before the agent had it.</summary>
    Stopped,
    Failed,
}
