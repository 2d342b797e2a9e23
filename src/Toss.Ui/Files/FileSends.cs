using System.Text.Json;
using Microsoft.JSInterop;
using Toss.Control;
using Toss.Ui.Shell;
using Toss.Ui.State;
using Toss.Ui.Texts;

namespace Toss.Ui.Files;

/// <summary>
/// Files that a person drops on the page or picks: one set after another is given to the agent, which sends it. Whatever screen is
/// shown: it belongs to the page.
/// </summary>
public sealed class FileSends : IAsyncDisposable
{
    private const int Followed = 2;

    private readonly PageFiles _page;
    private readonly IControl _control;
    private readonly AgentStore _store;
    private readonly Order _reading;
    private readonly List<FileSend> _all = [];
    private readonly Queue<FileSend> _followed = [];
    private DotNetObjectReference<FileSends>? _self;

    public FileSends(PageFiles page, IControl control, AgentStore store, Words words)
    {
        (_page, _control, _store) = (page, control, store);
        _reading = new Order(words);
    }

    public event Action? Changed;

    /// <summary>In the order in which they were given, until a person puts one away.</summary>
    public IReadOnlyList<FileSend> All => _all;

    /// <summary>Where files are held over the page: empty for all devices, or a device's id; null if none are.</summary>
    public string? Target { get; private set; }

    /// <summary>From now on files can be dropped anywhere on the page. False if the agent ended before it gave the script for that.</summary>
    public async Task<bool> HoldAsync()
    {
        _self ??= DotNetObjectReference.Create(this);
        try
        {
            await _page.HoldAsync(_self);
            return true;
        }
        catch (JSException)
        {
            return false;
        }
    }

    [JSInvokable]
    public void Over(string? target)
    {
        Target = target;
        Changed?.Invoke();
    }

    /// <summary>A person gave files.</summary>
    /// <param name="id">Their number with the page's script, which has them.</param>
    /// <param name="unread">What could not be read of them.</param>
    /// <param name="list">A <see cref="GivenFilesRequest"/>, as JSON.</param>
    [JSInvokable]
    public async Task Given(int id, int unread, string list)
    {
        var request = JsonSerializer.Deserialize(list, ControlJson.Default.GivenFilesRequest)!;
        var send = new FileSend(id, request, NameOf(request.Device)) { Unread = unread };
        send.Changed += () => Changed?.Invoke();
        _all.Add(send);
        Changed?.Invoke();
        using var told = DotNetObjectReference.Create(send);
        Task? sending = null;
        await _reading.QueueAsync(
            async () =>
            {
                if (send.HasEnded)
                {
                    return;
                }
                send.Begin();
                await _control.CheckGivenFilesAsync(request, CancellationToken.None);
                if (!send.HasEnded)
                {
                    sending = SendAsync(send, told);
                    // What becomes of it on its way keeps nothing else waiting.
                    await Task.WhenAny(send.Read, sending);
                    await FollowAsync(send);
                }
            },
            _ => send.Fail(_reading.FailureCode!)
        );
        await (sending ?? ForgetAsync(send));
    }

    /// <summary>Before the agent has it, nothing of it stays; after that it stops what is on its way.</summary>
    /// <exception cref="ControlException">It was not stopped.</exception>
    public async Task StopAsync(FileSend send)
    {
        if (send.State is FileSendState.Waiting or FileSendState.Reading)
        {
            send.Stop();
            await _page.StopAsync(send.Id);
            return;
        }
        foreach (var transfer in send.Deliveries.Select(one => one.Transfer).OfType<TransferReport>().ToList())
        {
            try
            {
                await _control.CancelAsync(transfer.Id, CancellationToken.None);
            }
            catch (ControlException failure) when (failure.Code == ControlErrors.InvalidArgument)
            {
                // It was over already.
            }
        }
    }

    public void PutAway(FileSend send)
    {
        _ = _all.Remove(send);
        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        if (_self is not null)
        {
            await _page.LetGoAsync();
            _self.Dispose();
        }
    }

    private string? NameOf(string? device) =>
        _store.State.View?.Devices.FirstOrDefault(one => one.Id == device)?.Name ?? device;

    private async Task SendAsync(FileSend send, DotNetObjectReference<FileSend> told)
    {
        try
        {
            await _page.SendAsync(send.Id, send.Request, told);
            send.End();
        }
        catch (ControlException failure)
        {
            if (send.State == FileSendState.OnItsWay)
            {
                // It goes on; only this page hears no more of it.
                send.End();
            }
            else
            {
                send.Fail(failure.Code);
            }
        }
        catch (JSException)
        {
            send.Fail(ControlErrors.Internal);
        }
    }

    /// <summary>
    /// What becomes of sets that are on their way is heard of the newest few: each takes one of the six connections that a browser has for
    /// all pages of the agent.
    /// </summary>
    private async Task FollowAsync(FileSend send)
    {
        if (send.State == FileSendState.OnItsWay)
        {
            _followed.Enqueue(send);
        }
        while (_followed.Count > Followed)
        {
            var oldest = _followed.Dequeue();
            if (!oldest.HasEnded)
            {
                await _page.StopAsync(oldest.Id);
            }
        }
    }

    /// <summary>It came to no sending: the script has its files still.</summary>
    private async Task ForgetAsync(FileSend send) => await _page.StopAsync(send.Id);
}
