using Toss.Wire;

namespace Toss.Agent;

/// <summary>How far large content has come, one way: for people who wait for it, and who may stop it.</summary>
/// <param name="number">What people call it by.</param>
/// <param name="total">Sealed bytes.</param>
/// <param name="steady">Tells the time by the clock that nobody sets.</param>
internal sealed class Transfer(int number, long total, Func<DateTimeOffset> steady)
{
    /// <summary>The rate is that of the last seconds.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two ranges nothing is under way for a moment.</summary>
    private static readonly TimeSpan Lull = TimeSpan.FromSeconds(1);

    /// <summary>What is under way and brings nothing for so long hangs: a link may be cut, and nobody knows yet.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly Queue<(DateTimeOffset At, long Done)> _samples = new();
    private int _underWay;
    private DateTimeOffset _keptAt = DateTimeOffset.MinValue;

    public int Number { get; } = number;

    public long Total { get; } = total;

    public long Done { get; private set; }

    public required bool IsIncoming { get; init; }

    /// <summary>What it is part of; null if this device does not know.</summary>
    public required ClipId? Clip { get; init; }

    /// <summary>Names of the files that it is, for people; null of everything else.</summary>
    public string? What { get; set; }

    /// <summary>What is sent; null of what comes, which is all blobs of a clip.</summary>
    public BlobId? Blob { get; init; }

    /// <summary>Who brought the last of it, or gets it; null before anything came.</summary>
    public DeviceId? Peer { get; set; }

    /// <summary>The relay that it goes to, for peers that will fetch it there; null of what goes to a peer itself.</summary>
    public Uri? Relay { get; init; }

    /// <summary>Those peers.</summary>
    public IReadOnlyCollection<DeviceId> Waiting { get; set; } = [];

    /// <summary>Whether anything moves; else it waits for a way to who has it, or to whom it goes.</summary>
    public bool IsRunning => steady() - LastAt < (_underWay > 0 ? Silence : Lull);

    /// <summary>When anything last moved, or somebody said that it is still wanted.</summary>
    public DateTimeOffset WantedAt => _keptAt > LastAt ? _keptAt : LastAt;

    public bool IsUnderWay => _underWay > 0;

    /// <summary>Told when something moves after nothing did.</summary>
    public Action? Begun { get; init; }

    /// <summary>Why nothing moves, in words; null while something does.</summary>
    public string? Why { get; set; }

    public DateTimeOffset LastAt { get; private set; } = steady();

    /// <summary>Bytes a second in the last seconds; null if nothing moves.</summary>
    public double? Rate
    {
        get
        {
            Sample();
            var (at, done) = _samples.Peek();
            var took = (steady() - at).TotalSeconds;
            return IsRunning && took > 0 && Done > done ? (Done - done) / took : null;
        }
    }

    /// <summary>At the rate of the last seconds.</summary>
    public TimeSpan? Remaining => Rate is { } rate ? TimeSpan.FromSeconds((Total - Done) / rate) : null;

    /// <summary>Something is under way until as many <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (_underWay++ == 0)
        {
            Begun?.Invoke();
        }
    }

    public void Leave() => _underWay--;

    /// <summary>Nothing moves, and it is still to.</summary>
    public void Keep() => _keptAt = steady();

    /// <summary>So much is there, without having passed here now.</summary>
    public void StartAt(long done)
    {
        Done = Math.Clamp(done, Done, Total);
        LastAt = steady();
        _samples.Clear();
        Sample();
    }

    public void Add(DeviceId? peer, int bytes)
    {
        var moved = IsRunning;
        (Peer, Why) = (peer, null);
        Sample();
        Done = Math.Min(Total, Done + bytes);
        LastAt = steady();
        if (!moved)
        {
            Begun?.Invoke();
        }
    }

    private void Sample()
    {
        var now = steady();
        if (_samples.Count == 0 || now - _samples.Last().At >= Step)
        {
            _samples.Enqueue((now, Done));
        }
        while (_samples.Count > 1 && now - _samples.Peek().At > Window)
        {
            _ = _samples.Dequeue();
        }
    }
}
