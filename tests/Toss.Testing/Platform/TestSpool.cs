using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Testing.Platform;

/// <summary>Keeps in memory what a clipboard spools, as far and as late as a test lets it.</summary>
public sealed class TestSpool : IContentSpool
{
    private readonly Lock _guard = new();
    private readonly List<IPromise> _kept = [];
    private readonly TaskCompletionSource _wasAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing is kept.</summary>
    public bool Refuses { get; set; }

    /// <summary>Before the first byte is taken.</summary>
    public Task Begins { get; set; } = Task.CompletedTask;

    /// <summary>After the last byte, before it is kept.</summary>
    public Task Ends { get; set; } = Task.CompletedTask;

    /// <summary>All of one content came.</summary>
    public Task Came => _came.Task;

    /// <summary>A source failed, or something that was kept was let go of.</summary>
    public Task GaveUp => _gaveUp.Task;

    /// <summary>Sources that were begun.</summary>
    public int Asked { get; private set; }

    /// <summary>The first was.</summary>
    public Task WasAsked => _wasAsked.Task;

    public IReadOnlyList<IPromise> Kept
    {
        get
        {
            lock (_guard)
            {
                return [.. _kept];
            }
        }
    }

    public async Task<IPromise?> SealAsync(Stream source, string? program)
    {
        Asked++;
        _wasAsked.TrySetResult();
        if (Refuses)
        {
            return null;
        }
        try
        {
            await Begins;
            var content = new MemoryStream();
            await source.CopyToAsync(content);
            _came.TrySetResult();
            await Ends;
            var promise = new TestPromise(content.ToArray(), isHere: true);
            lock (_guard)
            {
                _kept.Add(promise);
            }
            return promise;
        }
        catch (IOException)
        {
            _gaveUp.TrySetResult();
            throw;
        }
    }

    public void LetGo(IPromise sealedContent)
    {
        lock (_guard)
        {
            _kept.Remove(sealedContent);
        }
        _gaveUp.TrySetResult();
    }
}
