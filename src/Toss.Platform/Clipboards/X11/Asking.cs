using Toss.Core.Sync;

namespace Toss.Platform.Clipboards.X11;

/// <summary>One request for what is promised: who asks, and whether a person pastes.</summary>
internal sealed class Asking
{
    /// <summary>
    /// The bits of a resource id that tell clients apart, where a server gives each client 2^21 ids as usual. With other servers
    /// two programs may be taken for one: each then has to wait a tenth of a second longer.
    /// </summary>
    private const nint Client = ~0x1F_FFFF;

    /// <summary>Every request counts, whatever it asks for: it tells what its program is about.</summary>
    public Asking(nint requestor, XConnection connection, PasteJudge judge, ClipboardTiming timing)
    {
        Program = connection.ProgramOfWindow(requestor);
        IsPaste = judge.IsPaste(requestor & Client, Program, timing.Now);
    }

    /// <summary>Null if it cannot be told.</summary>
    public string? Program { get; }

    public bool IsPaste { get; }
}
