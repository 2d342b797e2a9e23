using System.Text;
using Toss.Core.Sync;

namespace Toss.Storage.Rows;

/// <summary>The kind of one clip after another. Most have the media type of the one before: it costs no text then.</summary>
internal sealed class KindReader
{
    private byte[] _type = [];
    private string _text = "";

    public ClipKind Of(SeenRecord seen)
    {
        if (!seen.MediaType.Span.SequenceEqual(_type))
        {
            _type = seen.MediaType.ToArray();
            _text = Encoding.UTF8.GetString(_type);
        }
        return SharingRules.KindOf(seen.Sensitivity, _text);
    }
}
