using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Toss.Wire;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <summary>
/// Meeting places for pairing. An inviter opens a slot, joiners enter it by its number, each in a run of its own; the
/// relay passes bytes between the two. It protects little by itself, the pairing does that; it limits how fast strangers
/// may guess slots, how many an address may hold, and how much may be said. Not thread-safe: behind the router's gate.
/// </summary>
internal sealed class RendezvousDesk(RelayQuotas quotas, IRandomness random)
{
    /// <summary>The fewest digits of a slot: short to type.</summary>
    public const int FewestDigits = 3;

    private const int MostDigits = 9;
    private const int SecretSlot = 16;

    private readonly SortedDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Tries> _wrong = new(StringComparer.Ordinal);

    public int Open => _slots.Count;

    public Reason? TryOpen(Connection inviter, ByteString asked, DateTimeOffset now, out ByteString slot)
    {
        slot = ByteString.Empty;
        if (asked.Length is not (0 or SecretSlot))
        {
            return Reason.Malformed;
        }
        if (
            _slots.Count >= quotas.Slots
            || _slots.Values.Count(open => open.Inviter.Address == inviter.Address) >= quotas.SlotsPerAddress
        )
        {
            return Reason.TooMany;
        }
        slot = asked.Length == 0 ? Allot() : asked;
        if (!_slots.TryAdd(KeyOf(slot), new Slot(slot, inviter, now + quotas.RendezvousOpen)))
        {
            return Reason.NoSlot;
        }
        return null;
    }

    public Reason? TryJoin(Connection joiner, ByteString name, DateTimeOffset now, out TimeSpan left)
    {
        left = default;
        var tries = _wrong.GetValueOrDefault(joiner.Address);
        if (tries is not null && tries.Count >= quotas.WrongSlotsPerAddress && tries.Until > now)
        {
            return Reason.TooMany;
        }
        if (!_slots.TryGetValue(KeyOf(name), out var slot) || slot.Expires <= now)
        {
            if (tries is null || tries.Until <= now)
            {
                _wrong[joiner.Address] = tries = new Tries(now + quotas.RendezvousOpen);
            }
            tries.Count++;
            return Reason.NoSlot;
        }
        if (slot.Inviter == joiner)
        {
            return Reason.NoSlot;
        }
        EndRunOf(slot, joiner);
        if (slot.LastRun >= (ulong)quotas.RunsPerSlot)
        {
            return Reason.TooMany;
        }
        slot.Runs.Add(++slot.LastRun, new Run(joiner));
        left = slot.Expires - now;
        return null;
    }

    /// <summary>Passes a message on: from the inviter to the run it names, from a joiner to the inviter.</summary>
    public Reason? TryPass(Connection from, RendezvousMessage message)
    {
        if (message.Payload.Length > Limits.PairingMessage)
        {
            return Reason.TooLarge;
        }
        if (!_slots.TryGetValue(KeyOf(message.Slot), out var slot))
        {
            return Reason.NoSlot;
        }
        var number = from == slot.Inviter ? message.Run : RunOf(slot, from);
        if (!slot.Runs.TryGetValue(number, out var run))
        {
            return Reason.NoSlot;
        }
        if (run.Messages >= quotas.MessagesPerRun)
        {
            return Reason.TooMany;
        }
        var to = from == slot.Inviter ? run.Joiner : slot.Inviter;
        var passed = new RendezvousMessage
        {
            Slot = slot.Name,
            Run = number,
            Payload = message.Payload,
        };
        if (!to.TrySend(new RelayFrame { RendezvousMessage = passed }))
        {
            return Reason.Busy;
        }
        run.Messages++;
        return null;
    }

    /// <summary>The inviter's word ends the slot, a joiner's its run.</summary>
    public void Close(Connection by, ByteString name)
    {
        if (!_slots.TryGetValue(KeyOf(name), out var slot))
        {
            return;
        }
        if (slot.Inviter == by)
        {
            End(slot);
        }
        else
        {
            EndRunOf(slot, by);
        }
    }

    /// <summary>A connection is gone: its slots and its runs with it.</summary>
    public void Leave(Connection connection)
    {
        foreach (var slot in _slots.Values.ToList())
        {
            if (slot.Inviter == connection)
            {
                End(slot);
            }
            else
            {
                EndRunOf(slot, connection);
            }
        }
    }

    public void Expire(DateTimeOffset now)
    {
        foreach (var slot in _slots.Values.Where(slot => slot.Expires <= now).ToList())
        {
            End(slot, tellInviter: true);
        }
        foreach (var address in _wrong.Where(entry => entry.Value.Until <= now).Select(entry => entry.Key).ToList())
        {
            _wrong.Remove(address);
        }
    }

    private static string KeyOf(ByteString slot) => Convert.ToHexString(slot.Span);

    private static ulong RunOf(Slot slot, Connection joiner) =>
        slot.Runs.FirstOrDefault(entry => entry.Value.Joiner == joiner).Key;

    private static void TellEnded(Connection to, Slot slot, ulong run) =>
        to.TrySend(
            new RelayFrame
            {
                RendezvousEnded = new RendezvousEnded { Slot = slot.Name, Run = run },
            }
        );

    private static void EndRunOf(Slot slot, Connection joiner)
    {
        var run = RunOf(slot, joiner);
        if (slot.Runs.Remove(run))
        {
            TellEnded(slot.Inviter, slot, run);
        }
    }

    private void End(Slot slot, bool tellInviter = false)
    {
        _slots.Remove(KeyOf(slot.Name));
        foreach (var (_, run) in slot.Runs)
        {
            TellEnded(run.Joiner, slot, 0);
        }
        if (tellInviter)
        {
            TellEnded(slot.Inviter, slot, 0);
        }
    }

    /// <summary>Random digits. One more as soon as a tenth of the numbers is taken: a typing error should meet nobody.</summary>
    private ByteString Allot()
    {
        var digits = FewestDigits;
        for (var numbers = 1_000L; digits < MostDigits && _slots.Count >= numbers / 10; numbers *= 10)
        {
            digits++;
        }
        Span<byte> bytes = stackalloc byte[8];
        while (true)
        {
            random.Fill(bytes);
            var number = BinaryPrimitives.ReadUInt64LittleEndian(bytes) % (ulong)Math.Pow(10, digits);
            var slot = ByteString.CopyFrom(
                number.ToString($"D{digits}", System.Globalization.CultureInfo.InvariantCulture),
                Encoding.ASCII
            );
            if (!_slots.ContainsKey(KeyOf(slot)))
            {
                return slot;
            }
        }
    }

    private sealed class Slot(ByteString name, Connection inviter, DateTimeOffset expires)
    {
        public ByteString Name { get; } = name;
        public Connection Inviter { get; } = inviter;
        public DateTimeOffset Expires { get; } = expires;
        public SortedDictionary<ulong, Run> Runs { get; } = [];
        public ulong LastRun { get; set; }
    }

    private sealed class Run(Connection joiner)
    {
        public Connection Joiner { get; } = joiner;
        public int Messages { get; set; }
    }

    private sealed class Tries(DateTimeOffset until)
    {
        public DateTimeOffset Until { get; } = until;
        public int Count { get; set; }
    }
}
