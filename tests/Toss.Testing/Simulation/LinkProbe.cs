namespace Toss.Testing.Simulation;

/// <summary>
/// What links promise, asserted in peace and in virtual time: devices of one network have a link; when it is cut, what is copied
/// goes through the relay within two seconds; within ten of the network's return they have a link again. Where there is
/// multicast, all of it without any relay too.
/// </summary>
/// <param name="copy">Copies on this device; a problem, or null and the number that is to come.</param>
internal sealed class LinkProbe(
    SimWorld world,
    IReadOnlyList<SimDevice> members,
    Func<SimDevice, (int Number, string? Problem)> copy,
    Func<SimDevice, int> holds
)
{
    /// <summary>After trouble of all kinds: a peer that could not be reached is looked for once a minute.</summary>
    private static readonly TimeSpan FoundWithin = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan WithoutDelivery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DirectAgain = TimeSpan.FromSeconds(10);

    /// <summary>Long enough for the link to be given up.</summary>
    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(8);

    /// <summary>Multicast DNS names its hour, as the device's clock has it until it was compared.</summary>
    private static readonly TimeSpan SameHour = TimeSpan.FromMinutes(25);

    /// <summary>Null if all is as promised.</summary>
    public string? Run()
    {
        var (a, b) = (members[0], members[^1]);
        return Within(FoundWithin, () => AreLinked(a, b), "found a link")
            ?? CutLink(a, b)
            ?? (world.HasMulticast ? LoseRelay(a, b) : null);

        string? Within(TimeSpan time, Func<bool> holds, string what) =>
            Waits(time, holds) ? null : $"in peace, {a.Name} and {b.Name} had not {what} within {time}";

        string? CutLink(SimDevice from, SimDevice to)
        {
            world.Net.Cut(from.Name, to.Name);
            if (Delivers(from, to, WithoutDelivery) is { } problem)
            {
                return $"{problem} after their link was cut";
            }
            world.Scheduler.RunFor(CutFor);
            world.Net.Heal(from.Name, to.Name);
            return Within(DirectAgain, () => AreLinked(from, to), "a link again");
        }

        // One of them starts anew, and finds the other by nothing but what the network says.
        string? LoseRelay(SimDevice stays, SimDevice returns)
        {
            if (members.Any(device => device.ClockOffset.Duration() > SameHour))
            {
                return null;
            }
            world.Relays.ForEach(relay => world.Net.Cut(relay.Node));
            returns.Kill();
            returns.Start();
            var problem =
                Within(DirectAgain, () => AreLinked(stays, returns), "found each other without a relay")
                ?? Delivers(stays, returns, WithoutDelivery)
                ?? Delivers(returns, stays, WithoutDelivery);
            world.Relays.ForEach(relay => world.Net.Heal(relay.Node));
            return problem;
        }
    }

    private string? Delivers(SimDevice from, SimDevice to, TimeSpan within)
    {
        var (number, problem) = copy(from);
        return problem
            ?? (
                Waits(within, () => holds(to) == number)
                    ? null
                    : $"copy {number} of {from.Name} was not on {to.Name} within {within}"
            );
    }

    private bool Waits(TimeSpan within, Func<bool> holds)
    {
        try
        {
            world.Scheduler.RunUntil(holds, within, "a probe", every: 16);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static bool AreLinked(SimDevice one, SimDevice other) => one.IsLinkedTo(other) && other.IsLinkedTo(one);
}
