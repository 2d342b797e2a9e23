using System.Net;

namespace Toss.Ui.History;

/// <summary>
/// HTML of a copy as a document for a frame without scripts, forms, an origin of its own, and anything from elsewhere: by the frame's sandbox, by
/// this document's own policy, and by the policy of the page around it, which holds in it too. Each alone would do. docs/decisions/0032.
/// </summary>
public static class PageFrame
{
    /// <summary>A larger one is shown as text.</summary>
    public const long Largest = 1024 * 1024;

    public const string Policy =
        "default-src 'none'; img-src data:; style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    /// <summary>Copies are written for white paper.</summary>
    private const string Paper =
        "margin:16px;background:#fff;color:#1a1c22;font:15px/1.55 system-ui,sans-serif;overflow-wrap:anywhere";

    /// <param name="cleaned">As the page's script left it.</param>
    public static string Of(string cleaned) =>
        "<!doctype html><html style=\"background:#fff;color-scheme:light\"><head><meta charset=\"utf-8\">"
        + $"<meta http-equiv=\"Content-Security-Policy\" content=\"{WebUtility.HtmlEncode(Policy)}\">"
        + $"<meta name=\"referrer\" content=\"no-referrer\"></head><body style=\"{Paper}\">{cleaned}</body></html>";
}
