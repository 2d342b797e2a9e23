using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;

namespace Toss.Agent;

/// <summary>What became of a copy: the clip if it was recorded, the failure if the disk refused it.</summary>
internal sealed record ShareResult(AdmitVerdict Verdict, Clip? Clip, StoreException? Failure, int Peers)
{
    /// <summary>
    /// The clipboard is for whatever is newest: nobody copied anything, or the copy has its stamp. What was copied and is
    /// not shared keeps it.
    /// </summary>
    public bool LeavesClipboard =>
        Failure is null
        && Verdict is (AdmitVerdict.Admitted or AdmitVerdict.Echo or AdmitVerdict.Same or AdmitVerdict.Empty);
}
