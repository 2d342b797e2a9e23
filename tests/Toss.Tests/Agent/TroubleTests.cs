using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Testing.Agents;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Agent;

/// <summary>What a failing disk, a refusing relay or an unlucky moment may do to clips: nothing.</summary>
public sealed class TroubleTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;
    private LoneAgent _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await LoneAgent.StartAsync(1, _time);
        _b = await LoneAgent.StartAsync(2, _time);
        await _b.JoinAsync(_a);
        await _a.OnAsync(async () =>
        {
            await _a.Agent.Circle.ConfirmAsync(_b.Id, default);
            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task A_clip_whose_outcome_the_disk_refuses_is_settled_when_the_disk_is_back()
    {
        var failures = 0;
        _b.Fault = (step, before) =>
        {
            if (step == StoreStep.RecordOutcome && before && failures++ < 2)
            {
                throw new StoreException(StoreFailure.DiskFull, "full");
            }
        };

        await CarryAsync("hello");

        await UntilAsync(async () => await OutcomeAsync() is Receipt.Types.Outcome.Applied, "the outcome");
        Assert.True(failures >= 2);
    }

    [Fact]
    public async Task A_first_message_that_the_disk_refuses_for_long_is_taken_in_the_end()
    {
        var failures = 0;
        _b.Fault = (step, before) =>
        {
            if (step is StoreStep.OpenEnvelope or StoreStep.MergeRoster && before && failures++ < 15)
            {
                throw new StoreException(StoreFailure.DiskFull, "full");
            }
        };
        await CarryAsync("hello");

        await UntilAsync(
            async () =>
                (await _b.OnAsync(() => _b.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default)))?.Clip.Preview
                == "hello",
            "the clip"
        );
        Assert.True(failures > 15);
    }

    [Fact]
    public async Task What_is_copied_while_a_removed_device_is_told_is_not_for_it()
    {
        var peers = -1;
        await _a.OnAsync(async () =>
        {
            _a.Network.WhileSending = async _ =>
            {
                _a.Network.WhileSending = null;
                var shared = await _a.Agent.Outbound.ShareAsync(
                    new Snapshot([TestContent.Text("after")], false, null, []),
                    default
                );
                peers = shared.Peers;
            };
            await _a.Agent.Departure.RevokeAsync(_b.Id, [], default);
            return true;
        });
        await UntilAsync(() => Task.FromResult(peers >= 0), "the farewell");

        Assert.Equal(0, peers);
        Assert.Empty(await _a.OnAsync(() => _a.Store.OutgoingDeliveriesAsync(_b.Id, 10, default)));
        Assert.Null(await _a.OnAsync(() => _a.Store.LoadSessionsAsync(_b.Id, default)));
    }

    [Fact]
    public async Task Leaving_is_one_step_that_takes_nobody_along_and_the_others_hear_of_it()
    {
        var before = _a.Id;
        var steps = new List<StoreStep>();
        _a.Network.Answer = SendStatus.NoPath;
        _a.Fault = (step, before) =>
        {
            if (before)
            {
                steps.Add(step);
            }
        };

        await _a.OnAsync(async () =>
        {
            await _a.Agent.Departure.LeaveAsync(default);
            return true;
        });

        Assert.Equal([StoreStep.LeaveCircle], steps);
        Assert.NotEqual(before, _a.Id);
        Assert.True(await _a.AskAsync(() => _a.Agent.Device.Circle.SelfIsMember));
        Assert.Empty(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
        Assert.Single(await _a.OnAsync(() => _a.Store.FarewellsAsync(default)));

        _a.Network.Answer = SendStatus.Accepted;
        await UntilExchangedAsync(
            () => _b.AskAsync(() => _b.Agent.Device.Circle.Peers.Count == 0),
            "the other to hear that it is alone"
        );
        // It is said again until its time is over: who left has no key any more in which it could be confirmed.
        Assert.Single(await _a.OnAsync(() => _a.Store.FarewellsAsync(default)));
        Assert.True(await _b.AskAsync(() => _b.Agent.Device.Circle.SelfIsMember));
        Assert.True(await _b.AskAsync(() => _b.Agent.Device.Circle.Roster.IsRevoked(before)));
    }

    [Fact]
    public async Task A_key_store_that_takes_no_new_key_stops_leaving_before_anything_changed()
    {
        var before = _a.Id;
        _a.Keys.StoreAnswer = KeyStoreStatus.Locked;

        await Assert.ThrowsAsync<StoreException>(() =>
            _a.OnAsync(async () =>
            {
                await _a.Agent.Departure.LeaveAsync(default);
                return true;
            })
        );

        Assert.Equal(before, _a.Id);
        Assert.Single(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
        Assert.Empty(await _a.OnAsync(() => _a.Store.FarewellsAsync(default)));
    }

    [Fact]
    public async Task A_device_that_was_removed_locks_what_it_shared_and_erases_it_after_a_day()
    {
        await CarryAsync("shared");
        await UntilExchangedAsync(
            async () => (await _b.OnAsync(() => _b.Store.NewestClipsAsync(9, default))).Count == 1,
            "the clip"
        );

        await _a.OnAsync(async () =>
        {
            await _a.Agent.Departure.RevokeAsync(_b.Id, [], default);
            return true;
        });
        await UntilExchangedAsync(
            () => _b.AskAsync(() => _b.Agent.Device.Circle.Roster.Circle != _a.Agent.Device.Circle.Id),
            "the removed device to hear of it"
        );

        var locked = await Assert.ThrowsAsync<ControlException>(() => _b.Control.GetHistoryAsync(null, 9, default));
        Assert.Equal(ControlErrors.HistoryLocked, locked.Code);
        var mine = _b.Control.CopyAsync("text/plain", new MemoryStream("mine"u8.ToArray()), false, default);
        await mine;

        _time.Advance(TimeSpan.FromHours(23));
        await _b.HousekeepAsync();
        Assert.Equal(2, (await _b.OnAsync(() => _b.Store.NewestClipsAsync(9, default))).Count);

        _time.Advance(TimeSpan.FromHours(1));
        await _b.HousekeepAsync();
        var left = Assert.Single(await _b.Control.GetHistoryAsync(null, 9, default));
        Assert.Equal("mine", left.Preview);
        Assert.Single(await _a.Control.GetHistoryAsync(null, 9, default));
    }

    [Fact]
    public async Task A_large_clip_is_freed_and_forgotten_at_the_relay_once_it_was_answered()
    {
        _b.Network.Source = _a.Blobs;
        // Once fetched, the disk refuses what became of it: that is settled later, without another start.
        var failures = 0;
        var begin = _time.GetUtcNow();
        _b.Fault = (step, before) =>
        {
            if (step == StoreStep.RecordOutcome && before && failures++ < 1)
            {
                throw new StoreException(StoreFailure.DiskFull, "full");
            }
        };
        _a.Clipboard.Copy(new ClipContent([new("image/png", TestContent.Noise(200_000))], Sensitivity.Normal));

        await UntilExchangedAsync(() => _a.AskAsync(() => _a.Network.BlobsFreed.Count > 0), "the blob to be freed");

        Assert.Equal(2, failures);
        Assert.True(_time.GetUtcNow() - begin < TimeSpan.FromMinutes(5), "It took the sender's healing.");
        var blob = (await _a.AskAsync(() => _a.Network.BlobsFreed.ToList())).Single();
        Assert.False(await _a.OnAsync(() => _a.Store.IsBlobUploadedAsync(blob, LoneAgent.Relay, default)));
    }

    [Fact]
    public async Task A_clip_that_nobody_has_any_more_is_lost_and_refused_in_one_step()
    {
        _a.Network.WhileSending = async _ =>
        {
            foreach (var blob in await _a.Blobs.ListAsync(default))
            {
                await _a.Blobs.DeleteAsync(blob, default);
            }
        };
        _b.Network.FetchAnswer = BlobTransferStatus.Missing;
        _b.Fault = (step, _) => Assert.NotEqual(StoreStep.RecordOutcome, step);
        _a.Clipboard.Copy(new ClipContent([new("image/png", TestContent.Noise(200_000))], Sensitivity.Normal));

        await UntilExchangedAsync(
            async () => (await RowAsync())?.State == DeliveryState.Refused,
            "the sender to hear that it is lost"
        );

        Assert.Equal(RefusalReason.ContentLost, (await RowAsync())!.Reason);
        var clip = (await _b.OnAsync(() => _b.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default)))!;
        Assert.Equal(ClipState.Lost, clip.State);
    }

    [Fact]
    public async Task At_start_a_clipboard_that_holds_something_keeps_it()
    {
        _a.Clipboard.Copy(new ClipContent([TestContent.Text("shared")], Sensitivity.Normal));
        await UntilAsync(async () => await RowAsync() is not null, "the clip to be recorded");
        _a.Clipboard.Copy(new Snapshot([TestContent.Text("a password")], Concealed: true, null, []));

        await _a.OnAsync(async () =>
        {
            await _a.Agent.Applier.ResumeAsync(default);
            return true;
        });

        Assert.Equal("a password", await TestPairing.TextAsync(_a.Control));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_recorded_leaves_no_blob_behind()
    {
        var blob = await _a.OnAsync(async () =>
        {
            BlobId? sealedBlob = null;
            _a.Fault = (step, before) =>
            {
                if (step == StoreStep.RecordClip && before)
                {
                    throw new StoreException(StoreFailure.DiskFull, "full");
                }
            };
            var shared = await _a.Agent.Outbound.ShareAsync(
                new Snapshot([new("image/png", TestContent.Noise(200_000))], false, null, []),
                default
            );
            Assert.NotNull(shared.Failure);
            sealedBlob = _a.Blobs.Ids.Cast<BlobId?>().FirstOrDefault();
            return sealedBlob;
        });
        Assert.Null(blob);
    }

    [Fact]
    public async Task A_full_relay_is_asked_once_in_a_while_however_many_peers_wait()
    {
        await using var c = await LoneAgent.StartAsync(3, _time);
        await c.JoinAsync(_a);
        await _a.AskAsync(() => _a.Network.BlobAnswer = BlobTransferStatus.QuotaExceeded);
        _a.Clipboard.Copy(new ClipContent([new("image/png", TestContent.Noise(200_000))], Sensitivity.Normal));
        await UntilAsync(() => _a.AskAsync(() => _a.Network.BlobsStored > 0), "the first try");

        // As many rounds as the scheduler makes of a hundred wake-ups.
        for (var i = 0; i < 100; i++)
        {
            await _a.AskAsync(() =>
            {
                _a.Agent.Courier.Wake();
                return true;
            });
        }

        Assert.Equal(1, await _a.AskAsync(() => _a.Network.BlobsStored));
        await _a.AskAsync(() => _a.Network.BlobAnswer = BlobTransferStatus.Done);
        await UntilAsync(
            () => _a.AskAsync(() => _a.Network.BlobsStored > 1),
            "another try",
            step: TimeSpan.FromSeconds(10)
        );
    }

    private static Roster RosterOf(CircleRecord stored) =>
        Roster.Found(stored.Genesis!).Merge(stored.Statements, out _);

    /// <summary>Copies at A, and takes to B everything A sends.</summary>
    private async Task CarryAsync(string text)
    {
        _a.Clipboard.Copy(new ClipContent([TestContent.Text(text)], Sensitivity.Normal));
        await UntilAsync(() => _a.AskAsync(() => _a.Network.Sent.Count >= 2), "roster and clip to leave");
        foreach (var (_, envelope) in await _a.AskAsync(() => _a.Network.Sent.ToList()))
        {
            await _b.AskAsync(() =>
            {
                _b.Network.Deliver(envelope, LoneAgent.Relay);
                return true;
            });
        }
    }

    private async Task<Receipt.Types.Outcome?> OutcomeAsync() =>
        await RowAsync() is { } row
            ? (await _b.OnAsync(() => _b.Store.FindReceivedAsync(_a.Id, row.Message, default)))?.Outcome
            : null;

    private Task<Delivery?> RowAsync() =>
        _a.OnAsync(async () =>
            (await _a.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default)) is { } clip
                ? (await _a.Store.DeliveriesOfClipAsync(clip.Clip.Id, default)).SingleOrDefault()
                : null
        );

    /// <summary>As <see cref="UntilAsync"/>, with the post going both ways.</summary>
    private Task UntilExchangedAsync(Func<Task<bool>> holds, string what) =>
        UntilAsync(
            async () =>
            {
                await _a.CarryAsync(_b);
                await _b.CarryAsync(_a);
                return await holds();
            },
            what
        );

    /// <summary>Waits while the clock goes on: each look is <paramref name="step"/> later.</summary>
    private Task UntilAsync(Func<Task<bool>> holds, string what, TimeSpan? step = null) =>
        TestPairing.Until(
            async () =>
            {
                if (await holds())
                {
                    return true;
                }
                _time.Advance(step ?? TimeSpan.FromSeconds(1));
                return false;
            },
            what
        );
}
