using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class MailboxPlanTests
{
    private static readonly Uri Home = new("wss://home.example/");
    private static readonly Uri Away = new("wss://away.example/");
    private static readonly Uri Third = new("wss://third.example/");

    private readonly SeededRandomSource _random = new(1);

    [Fact]
    public void A_device_alone_has_a_mailbox_at_its_home()
    {
        var record = MailboxPlan.Move(Record(), Home, _random);
        Assert.Equal([Home], RelaysOf(Revise(record)));
        // It may have had companions, and word of theirs may wait where it was.
        record = Revise(MailboxPlan.Move(record, Away, _random));
        Assert.Equal([Away, Home], RelaysOf(record));
        Assert.Same(record, Revise(record));
        Assert.Equal([Away], RelaysOf(MailboxPlan.Revise(record, [], Now + Limits.FormerMailbox, _random)));
    }

    [Fact]
    public void And_at_every_home_of_its_companions_each_with_a_key_of_its_own()
    {
        var record = Revise(
            MailboxPlan.Move(Record(), Home, _random),
            Card(1, Away, Home),
            Card(2, Home),
            Card(3, Away)
        );
        Assert.Equal([Home, Away], RelaysOf(record));
        Assert.NotEqual(record.Mailboxes[0].PublicKey.ToArray(), record.Mailboxes[1].PublicKey.ToArray());
        Assert.Same(record, Revise(record, Card(1, Away, Home)));
    }

    [Fact]
    public void What_is_not_wanted_any_more_is_read_for_eight_days()
    {
        DeviceCard[] before = [Card(1, Away, Home)];
        DeviceCard[] after = [Card(1, Home)];
        var record = Revise(MailboxPlan.Move(Record(), Home, _random), before);
        record = Revise(record, after);
        Assert.Equal(Now + Limits.FormerMailbox, record.Mailboxes[1].Until);
        var last = Now + Limits.FormerMailbox - TimeSpan.FromSeconds(1);
        Assert.Same(record, MailboxPlan.Revise(record, after, last, _random));
        Assert.Equal([Home], RelaysOf(MailboxPlan.Revise(record, after, Now + Limits.FormerMailbox, _random)));
        // Somebody moves there in the meantime: it is the same mailbox.
        var again = MailboxPlan.Revise(record, before, last, _random);
        Assert.Null(again.Mailboxes[1].Until);
        Assert.Equal(record.Mailboxes[1].PublicKey.ToArray(), again.Mailboxes[1].PublicKey.ToArray());
    }

    [Fact]
    public void A_former_home_stays_for_a_companion_that_lives_there_or_looks_for_us_there()
    {
        var record = MailboxPlan.Move(MailboxPlan.Move(Record(), Home, _random), Away, _random);
        var late = Now + (2 * Limits.FormerMailbox);
        record = Revise(record, Card(1, Home));
        Assert.Equal([Away, Home], RelaysOf(MailboxPlan.Revise(record, [Card(1, Home)], late, _random)));

        // It moved too, and has not heard of our move: it has no mailbox where we are.
        record = Revise(record, Card(1, Third, Home));
        Assert.Equal([Away, Third, Home], RelaysOf(MailboxPlan.Revise(record, [Card(1, Third, Home)], late, _random)));
        Assert.Equal([Away, Third], RelaysOf(MailboxPlan.Revise(record, [Card(1, Third, Home, Away)], late, _random)));
    }

    [Fact]
    public void There_are_never_more_than_a_Card_holds_and_what_mail_waits_in_goes_last()
    {
        var record = MailboxPlan.Move(MailboxPlan.Move(Record(), Home, _random), Away, _random);
        var crowd = Enumerable.Range(1, 20).Select(i => Card((ulong)i, new Uri($"wss://r{i}.example/"))).ToArray();
        record = Revise(record, crowd);
        Assert.Equal(Limits.MailboxesPerDevice, record.Mailboxes.Count);
        Assert.Equal(Away, record.Mailboxes[0].Relay);
        Assert.Contains(Home, RelaysOf(record));

        record = Revise(MailboxPlan.Move(record, Third, _random), crowd);
        Assert.Equal(Limits.MailboxesPerDevice, record.Mailboxes.Count);
        Assert.Equal(Third, record.Mailboxes[0].Relay);
        Assert.Same(record, Revise(record, crowd));
    }

    [Fact]
    public void A_token_stays_with_the_relay_that_wants_it()
    {
        var record = MailboxPlan.Move(Record() with { RelayToken = "home's" }, Home, _random);
        Assert.Equal("home's", record.RelayToken);
        record = Revise(MailboxPlan.Move(record, Away, _random), Card(1, Home));
        Assert.Null(record.RelayToken);
        record = MailboxPlan.WithToken(record, Away, "away's");
        Assert.Equal(("away's", "home's"), (record.RelayToken, record.Mailboxes[1].Token));
        record = MailboxPlan.Move(record, Home, _random);
        Assert.Equal("home's", record.RelayToken);
    }

    [Fact]
    public void A_home_that_may_not_be_dialled_is_none()
    {
        var record = Revise(MailboxPlan.Move(Record(), Home, _random), Card(1, new Uri("ws://relay.example/"), Away));
        Assert.Equal([Home], RelaysOf(record));
        Assert.Equal([Away], Card(1, new Uri("ws://relay.example/"), Away).Addresses.Select(address => address.Relay));
    }

    [Fact]
    public void A_Card_with_more_mailboxes_than_a_device_may_have_is_refused()
    {
        var circle = default(CircleId);
        Uri[] many =
        [
            .. Enumerable.Range(0, Limits.MailboxesPerDevice + 1).Select(i => new Uri($"wss://r{i}.example/")),
        ];
        Assert.True(DeviceCard.TryRead(Card(1, many[1..]).Signed, circle, out _));
        Assert.False(DeviceCard.TryRead(Card(1, many).Signed, circle, out _));
    }

    private DeviceRecord Revise(DeviceRecord record, params DeviceCard[] others) =>
        MailboxPlan.Revise(record, others, Now, _random);

    private static List<Uri> RelaysOf(DeviceRecord record) => [.. record.Mailboxes.Select(mailbox => mailbox.Relay)];

    private static DeviceCard Card(ulong device, params Uri[] relays)
    {
        using var key = Key(device);
        using var prekey = PrekeyPair.Generate(new SeededRandomSource(device), Now);
        var card = new Card
        {
            CircleId = ByteString.CopyFrom(default(CircleId).ToBytes()),
            DeviceKey = ByteString.CopyFrom(key.PublicKey.Span),
            Version = 1,
            Name = "Device",
            Prekey = prekey.Public,
        };
        card.Mailboxes.AddRange(
            relays.Select(
                (relay, index) =>
                    new MailboxAddress
                    {
                        Relay = relay.AbsoluteUri,
                        MailboxId = ByteString.CopyFrom(new MailboxId(device, (UInt128)index).ToBytes()),
                    }
            )
        );
        return DeviceCard.Issue(key, card);
    }

    private static DeviceRecord Record() =>
        new(
            default,
            "Device",
            "none",
            Paused: false,
            CardVersion: 1,
            BeaconKey: default,
            FormerBeacons: [],
            BeaconGone: 0,
            Prekeys: [],
            Mailboxes: [],
            Relay: null,
            RelayToken: null,
            0,
            0,
            new Dictionary<string, string>()
        );
}
