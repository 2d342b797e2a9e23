using System.Reflection;
using Toss.Core.Ports;
using Toss.Core.Sync;

namespace Toss.Testing.Simulation;

/// <summary>A bug put into a device on purpose, to see that the simulator finds it.</summary>
public enum PlantedFault
{
    /// <summary>Session rows are not in the transaction of what they sealed.</summary>
    SealsNotStored,

    /// <summary>A clip's row for one of its peers is forgotten.</summary>
    DeliveryForgotten,

    /// <summary>What a path accepted counts as answered.</summary>
    SentIsAnswered,

    /// <summary>A receipt is due for a clip that is stored a moment later.</summary>
    ReceiptBeforeClip,

    /// <summary>What a member says of the circle is not kept.</summary>
    RosterNotStored,

    /// <summary>What became of a clip is not kept for its receipt.</summary>
    OutcomeForgotten,

    /// <summary>A repeated message does not get its receipt again.</summary>
    RepeatsNotAnswered,

    /// <summary>A large clip is offered though the relay does not have it.</summary>
    UploadSkipped,

    /// <summary>Healing makes a new session and does not seal again.</summary>
    HealedButNotSealed,

    /// <summary>The clip that was copied last is not known to be the newest.</summary>
    NewestForgotten,

    /// <summary>A copy is acknowledged and stored with the next thing that is.</summary>
    RecordedLate,
}

/// <summary>The device's store with one bug; everything else goes through.</summary>
public class PlantedStore : DispatchProxy
{
    private readonly List<StoreWrite> _late = [];
    private IAgentStore _store = null!;
    private PlantedFault _fault;

    public static IAgentStore Around(IAgentStore store, PlantedFault fault)
    {
        var proxy = Create<IAgentStore, PlantedStore>();
        var planted = (PlantedStore)(object)proxy;
        (planted._store, planted._fault) = (store, fault);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        ArgumentNullException.ThrowIfNull(args);
        switch (targetMethod.Name)
        {
            case nameof(IAgentStore.CommitAsync):
                return Box(
                    Commit((StoreStep)args[0]!, (IReadOnlyList<StoreWrite>)args[1]!, (CancellationToken)args[2]!)
                );
            case nameof(IAgentStore.IsBlobUploadedAsync) when _fault == PlantedFault.UploadSkipped:
                return Box(ValueTask.FromResult(true));
            case nameof(IAgentStore.NewestClaimAsync) when _fault == PlantedFault.NewestForgotten:
                args[0] = (DateTimeOffset)args[0]! - TimeSpan.FromMinutes(7);
                break;
        }
        return targetMethod.Invoke(_store, BindingFlags.DoNotWrapExceptions, null, args, null);
    }

    private static object Box<T>(ValueTask<T> answer) => answer;

    private ValueTask<CommitResult> Commit(
        StoreStep step,
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var changed = writes.SelectMany(write => Change(step, write)).ToList();
        if (_fault == PlantedFault.DeliveryForgotten && step == StoreStep.RecordClip)
        {
            changed.Remove(changed.OfType<InsertDelivery>().LastOrDefault()!);
        }
        if (_late.Count > 0)
        {
            changed.InsertRange(0, _late);
            _late.Clear();
        }
        var late = changed.Where(write => IsLate(step, write)).ToList();
        changed.RemoveAll(late.Contains);
        var result = _store.CommitAsync(step, changed, cancellation);
        _late.AddRange(late);
        return result;
    }

    private bool IsLate(StoreStep step, StoreWrite write) =>
        _fault switch
        {
            PlantedFault.ReceiptBeforeClip => step == StoreStep.OpenEnvelope && write is InsertClip,
            PlantedFault.RecordedLate => step == StoreStep.RecordClip,
            _ => false,
        };

    private IEnumerable<StoreWrite> Change(StoreStep step, StoreWrite write) =>
        (_fault, write) switch
        {
            (PlantedFault.SealsNotStored, PutSessions) when step == StoreStep.SealDelivery => [],
            (PlantedFault.SentIsAnswered, MarkDelivery { State: DeliveryState.Sent } sent) =>
            [
                sent with
                {
                    State = DeliveryState.Kept,
                },
            ],
            (PlantedFault.RosterNotStored, PutStatements or PutCard) when step == StoreStep.MergeRoster => [],
            (PlantedFault.OutcomeForgotten, SetReceivedOutcome) => [],
            (PlantedFault.RepeatsNotAnswered, SetReceiptDue) => [],
            (PlantedFault.HealedButNotSealed, UnsealDelivery) => [],
            _ => [write],
        };
}
