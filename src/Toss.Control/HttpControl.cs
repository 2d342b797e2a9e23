namespace Toss.Control;

/// <summary>The control API over the owner-only socket of a running agent.</summary>
public sealed class HttpControl : IDisposable
{
    public void Dispose() { }
}
