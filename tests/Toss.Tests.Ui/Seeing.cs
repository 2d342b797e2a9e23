using Bunit;
using Microsoft.AspNetCore.Components;

namespace Toss.Tests.Ui;

/// <summary>
/// Waiting for what a screen shows, and for the turn of its renderer to be over in which that was drawn: an event that comes in
/// between would be handled after the test has gone on.
/// </summary>
internal static class Seeing
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static void Sees<T>(this IRenderedComponent<T> screen, Action assertion)
        where T : IComponent
    {
        screen.WaitForAssertion(assertion, s_patience);
        screen.Does(static () => { });
    }

    public static AngleSharp.Dom.IElement SeesElement<T>(this IRenderedComponent<T> screen, string selector)
        where T : IComponent
    {
        screen.WaitForElement(selector, s_patience);
        screen.Does(static () => { });
        return screen.Find(selector);
    }

    /// <summary>In the screen's turn, after all that was done to it before.</summary>
    public static void Does<T>(this IRenderedComponent<T> screen, Action act)
        where T : IComponent => screen.InvokeAsync(act).WaitAsync(s_patience).GetAwaiter().GetResult();
}
