using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>The device's store with one bug; everything else goes through.</summary>
internal sealed class PlantedStore(IAgentStore store, PlantedFault fault)
{
    private readonly List<StoreWrite> _late = [];
    private bool _arriving;

    public static IAgentStore Around(IAgentStore store, PlantedFault fault) =>
        Interposed<IAgentStore>.Between(store, new PlantedStore(store, fault).Call);

    private object? Call(string call, object?[] arguments, Func<object?> goOn)
    {
        switch (fault, call)
        {
            case (_, nameof(IAgentStore.CommitAsync)):
                _arriving = false;
                return PortAnswer.Of(Commit((StoreStep)arguments[0]!, (IReadOnlyList<StoreWrite>)arguments[1]!));
            case (PlantedFault.UploadSkipped, nameof(IAgentStore.IsBlobUploadedAsync)):
                return PortAnswer.Of(true);
            case (PlantedFault.NewestForgotten, nameof(IAgentStore.NewestClaimAsync)):
                arguments[0] = (DateTimeOffset)arguments[0]! - TimeSpan.FromMinutes(7);
                break;
            case (PlantedFault.FutureClaims, nameof(IAgentStore.NewestClaimAsync)):
                arguments[0] = DateTimeOffset.MaxValue;
                break;
            case (PlantedFault.ExpiredEarly, nameof(IAgentStore.SweepAsync)):
                arguments[0] = (DateTimeOffset)arguments[0]! + TimeSpan.FromDays(1);
                break;
            case (PlantedFault.SessionsStale, nameof(IAgentStore.LoadSessionsAsync)):
                var stored = PortAnswer.Read<StoredSessions?>(goOn());
                return PortAnswer.Of(stored is { Version: > 4 } ? stored with { Version = 4 } : stored);
            case (PlantedFault.NotDeduplicated, nameof(IAgentStore.FindReceivedAsync)):
                _arriving = arguments[0] is DeviceId;
                return PortAnswer.Of<ReceivedRecord?>(null);
            case (PlantedFault.NotDeduplicated, nameof(IAgentStore.FindClipAsync)) when _arriving:
                _arriving = false;
                return PortAnswer.Of<StoredClip?>(null);
        }
        return goOn();
    }

    private CommitResult Commit(StoreStep step, IReadOnlyList<StoreWrite> writes)
    {
        var changed = writes.SelectMany(write => Change(step, write)).ToList();
        if (fault == PlantedFault.DeliveryForgotten && step == StoreStep.RecordClip)
        {
            changed.Remove(changed.OfType<InsertDelivery>().LastOrDefault()!);
        }
        if (fault == PlantedFault.StepsTorn && changed.Count > 1)
        {
            var first = Now(step, changed[..1]);
            return first == CommitResult.Conflict ? first : Now(step, changed[1..]);
        }
        if (_late.Count > 0)
        {
            changed.InsertRange(0, _late);
            _late.Clear();
        }
        var late = changed.Where(write => IsLate(step, write)).ToList();
        changed.RemoveAll(late.Contains);
        var result = Now(step, changed);
        _late.AddRange(late);
        return result;
    }

    private CommitResult Now(StoreStep step, IReadOnlyList<StoreWrite> writes) =>
        PortAnswer.Now(store.CommitAsync(step, writes, default));

    private bool IsLate(StoreStep step, StoreWrite write) =>
        fault switch
        {
            PlantedFault.ReceiptBeforeClip => step == StoreStep.OpenEnvelope && write is InsertClip,
            PlantedFault.RecordedLate => step == StoreStep.RecordClip,
            _ => false,
        };

    private IEnumerable<StoreWrite> Change(StoreStep step, StoreWrite write) =>
        (fault, write) switch
        {
            (PlantedFault.SealsNotStored, PutSessions) when step is StoreStep.SealDelivery or StoreStep.RecordClip =>
            [],
            (PlantedFault.OpensNotStored, PutSessions)
                when step is StoreStep.OpenEnvelope or StoreStep.MergeRoster or StoreStep.JoinCircle => [],
            (PlantedFault.SentIsAnswered, MarkDelivery { State: DeliveryState.Sent } sent) =>
            [
                sent with
                {
                    State = DeliveryState.Kept,
                },
            ],
            (PlantedFault.OneReceiptForAll, MarkDelivery { State: DeliveryState.Applied or DeliveryState.Kept } mark) =>

                [
                    mark,
                    .. PortAnswer
                        .Now(store.UnansweredDeliveriesAsync(mark.Peer, default))
                        .Select(row => mark with { Message = row.Message }),
                ],
            (PlantedFault.RosterNotStored, PutStatements or PutCard) when step == StoreStep.MergeRoster => [],
            (PlantedFault.RevokesForgotten, PutStatements put) when step == StoreStep.MergeRoster =>
            [
                new PutStatements([.. put.Statements.Where(statement => !IsRevoke(statement))]),
            ],
            (PlantedFault.CardNotStored, PutCard) when step is StoreStep.AdmitNewcomer or StoreStep.JoinCircle => [],
            (PlantedFault.FutureClaims, InsertClip insert) => [new InsertClip(insert.Clip with { Claim = true })],
            (PlantedFault.FarewellForgotten, InsertFarewell) => [],
            (PlantedFault.OutcomeForgotten, SetReceivedOutcome) => [],
            (PlantedFault.ReceiptNotDue, InsertReceived insert) =>
            [
                new InsertReceived(insert.Received with { ReceiptDue = false }),
            ],
            (PlantedFault.RepeatsNotAnswered, SetReceiptDue) => [],
            (PlantedFault.NeverWhole, SetClipState) => [],
            (PlantedFault.HealedButNotSealed, UnsealDelivery) => [],
            (PlantedFault.ClaimForgotten, InsertClip insert) when step == StoreStep.OpenEnvelope =>
            [
                new InsertClip(insert.Clip with { Claim = false }),
            ],
            _ => [write],
        };

    private static bool IsRevoke(Signed statement) =>
        RosterStatement.Parser.ParseFrom(statement.Body).StatementCase == RosterStatement.StatementOneofCase.Revoke;
}
