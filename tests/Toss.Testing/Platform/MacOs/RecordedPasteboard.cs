using System.Text;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.MacOs;

namespace Toss.Testing.Platform.MacOs;

/// <summary>
/// A pasteboard in memory that counts, orders and promises as Apple documents it for NSPasteboard. What programs of macOS put
/// on it is in <see cref="PasteboardRecording"/>. Its users are the clipboard's threads and a test's.
/// </summary>
internal sealed class RecordedPasteboard : IPasteboard
{
    private readonly Lock _guard = new();
    private readonly List<(string Type, Func<byte[]?> Make)> _content = [];
    private readonly List<string> _asked = [];
    private IReadOnlyList<string> _files = [];
    private long _count = 17;
    private long _looks;
    private bool _stays;
    private bool _refuses;
    private bool _countsFilling;
    private TimeSpan _sinceInput;
    private Action? _onLook;

    /// <summary>How often somebody asked for the count.</summary>
    public long Looks => Interlocked.Read(ref _looks);

    /// <summary>Whether what was put last is kept from the user's other devices.</summary>
    public bool Stays => Locked(() => _stays);

    /// <summary>The types that were read, in order.</summary>
    public IReadOnlyList<string> Asked => Locked(() => _asked.ToArray());

    /// <summary>Takes nothing that is put.</summary>
    public bool Refuses
    {
        set => Locked(() => _refuses = value);
    }

    /// <summary>Counts what is put into it, too, and not only that it was emptied.</summary>
    public bool CountsFilling
    {
        set => Locked(() => _countsFilling = value);
    }

    /// <summary>Called at each look, before it is answered.</summary>
    public Action? OnLook
    {
        set => Locked(() => _onLook = value);
    }

    public TimeSpan SinceInput
    {
        get => Locked(() => _sinceInput);
        set => Locked(() => _sinceInput = value);
    }

    public long ChangeCount
    {
        get
        {
            Interlocked.Increment(ref _looks);
            Locked(() => _onLook)?.Invoke();
            return Locked(() => _count);
        }
    }

    public IReadOnlyList<string> Types(int most) => Locked(() => _content.Select(one => one.Type).Take(most).ToArray());

    public GivenBytes Get(string type, long limit)
    {
        var make = Locked(() =>
        {
            _asked.Add(type);
            return _content.FirstOrDefault(one => one.Type == type).Make;
        });
        // Not within the lock: a promise may take for ever.
        return make?.Invoke() is not { } bytes ? default
            : bytes.Length > limit ? new(null, IsTooLarge: true)
            : new(bytes, IsTooLarge: false);
    }

    public IReadOnlyList<string> Files(int most) => Locked(() => _files.Take(most).ToArray());

    public long? Put(
        IReadOnlyList<(string Type, ReadOnlyMemory<byte> Bytes)> content,
        IReadOnlyList<string> files,
        bool stays
    ) =>
        Locked<long?>(() =>
        {
            var count = Empty();
            _stays = stays;
            if (_refuses)
            {
                return content.Count == 0 ? count : null;
            }
            foreach (var (type, bytes) in content)
            {
                _content.Add((type, bytes.ToArray));
                _count += _countsFilling ? 1 : 0;
            }
            AddFiles(files);
            return count;
        });

    /// <summary>A program empties it; what it adds then does not count.</summary>
    public long Empty() =>
        Locked(() =>
        {
            _content.Clear();
            _files = [];
            return ++_count;
        });

    public void Add(string type, byte[] bytes) => Promise(type, () => bytes);

    /// <summary>Each an item of its own; of one item after the first the pasteboard itself tells nothing.</summary>
    public void AddFiles(IReadOnlyList<string> files) =>
        Locked(() =>
        {
            _files = files;
            if (files.Count > 0)
            {
                Add(
                    "public.file-url",
                    Encoding.UTF8.GetBytes("file://" + files[0].Replace(" ", "%20", StringComparison.Ordinal))
                );
            }
        });

    /// <summary>Made only when somebody reads it; null is nothing.</summary>
    public void Promise(string type, Func<byte[]?> make) => Locked(() => _content.Add((type, make)));

    /// <summary>Finder copies: the pasteboard looks the files up, whatever its first item names them by.</summary>
    public void CopyFiles(IReadOnlyList<string> files, params (string Type, byte[] Bytes)[] content) =>
        Locked(() =>
        {
            Copy(content);
            _files = files;
        });

    /// <summary>A program copies, all at once.</summary>
    public void Copy(params (string Type, byte[] Bytes)[] content) =>
        Locked(() =>
        {
            Empty();
            foreach (var (type, bytes) in content)
            {
                Add(type, bytes);
            }
        });

    /// <summary>What another program pastes; null if there is no such type.</summary>
    public byte[]? Paste(string type) => Locked(() => _content.FirstOrDefault(one => one.Type == type).Make)?.Invoke();

    private void Locked(Action act) =>
        Locked(() =>
        {
            act();
            return true;
        });

    private T Locked<T>(Func<T> act)
    {
        lock (_guard)
        {
            return act();
        }
    }
}
