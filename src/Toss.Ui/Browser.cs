using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Toss.Ui;

/// <summary>The few things that only the page's own script can do; it is one module, loaded when it is first needed.</summary>
internal sealed class Browser(IJSRuntime scripts) : IAsyncDisposable
{
    private const string Module = "./js/page.js";

    private IJSObjectReference? _page;

    /// <summary>The link in the page's address, which is taken out of it: it is a secret. Null if there is none.</summary>
    public async ValueTask<string?> TakeLinkAsync() => await (await PageAsync()).InvokeAsync<string?>("takeLink");

    /// <summary>Says whether there is a camera that a page may ask for.</summary>
    public async ValueTask<bool> HasCameraAsync() => await (await PageAsync()).InvokeAsync<bool>("hasCamera");

    /// <summary>Shows the camera in the element and looks for a code, until one is found or <see cref="StopCameraAsync"/>.</summary>
    /// <returns>Null if it was stopped; fails with <see cref="JSException"/> where there is no camera, or it may not be used.</returns>
    public async ValueTask<string?> ScanAsync(string element, CancellationToken cancellation) =>
        await (await PageAsync()).InvokeAsync<string?>("scan", cancellation, element);

    public async ValueTask StopCameraAsync()
    {
        if (_page is not null)
        {
            await _page.InvokeVoidAsync("stopScan");
        }
    }

    /// <summary>Before everything else on the page, which cannot be used while it is open.</summary>
    public async ValueTask OpenDialogAsync(ElementReference dialog) =>
        await (await PageAsync()).InvokeVoidAsync("openDialog", dialog);

    /// <summary>
    /// The keys of the list are its own and scroll nothing, and `/` leads to the search, from wherever no text is typed; until
    /// <see cref="LetKeysAsync"/>. By ids: the list comes and goes.
    /// </summary>
    public async ValueTask HoldKeysAsync(string list, string search) =>
        await (await PageAsync()).InvokeVoidAsync("holdKeys", list, search);

    public async ValueTask LetKeysAsync()
    {
        if (_page is not null)
        {
            await _page.InvokeVoidAsync("letKeys");
        }
    }

    /// <summary>The focus to the first of these that is there to be seen.</summary>
    public async ValueTask FocusAsync(params string[] elements) =>
        await (await PageAsync()).InvokeVoidAsync("focusFirst", (object)elements);

    /// <summary>Whether the focus is in this element.</summary>
    public async ValueTask<bool> HasFocusAsync(string element) =>
        await (await PageAsync()).InvokeAsync<bool>("hasFocus", element);

    /// <summary>Scrolls a list so far that this part of it is seen. Lengths in CSS pixels.</summary>
    public async ValueTask ShowRowAsync(string list, double top, double height) =>
        await (await PageAsync()).InvokeVoidAsync("showRow", list, top, height);

    /// <summary>HTML from elsewhere without what could do something or fetch anything: for a frame that would let neither.</summary>
    public async ValueTask<string> CleanAsync(string html, CancellationToken cancellation) =>
        await (await PageAsync()).InvokeAsync<string>("clean", cancellation, html);

    public async ValueTask CloseDialogAsync(ElementReference dialog) =>
        await (await PageAsync()).InvokeVoidAsync("closeDialog", dialog);

    /// <param name="theme">`system`, `light`, `dark`; kept for the next time that the page is opened.</param>
    public async ValueTask SetThemeAsync(string theme) => await (await PageAsync()).InvokeVoidAsync("setTheme", theme);

    public async ValueTask DisposeAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync();
        }
    }

    private async ValueTask<IJSObjectReference> PageAsync() =>
        _page ??= await scripts.InvokeAsync<IJSObjectReference>("import", Module);
}
