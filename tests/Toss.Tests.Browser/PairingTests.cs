using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Two people, or one with two devices, pair by the screens.</summary>
public sealed class PairingTests(Chromium chromium)
{
    [Fact]
    public async Task By_code()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B, Look.PhoneDark);
        // A device that is alone is welcomed; who wants to look around first may.
        await a.SeesAsync("Welcome to Toss");
        await a.Button("Later").ClickAsync();
        await a.SeesAsync("This device is alone.");
        await a.PictureAsync("home-alone-desktop-light");
        await a.GoAsync("/pair");
        await a.PictureAsync("pair-begin-desktop-light");
        await a.Button("Show a code").ClickAsync();
        var code = await a.Page.Locator(".digits").InnerTextAsync();
        await a.PictureAsync("pair-code-desktop-light");

        await b.GoAsync("/pair");
        await b.PictureAsync("pair-begin-phone-dark");
        await b.Page.Locator("#code").FillAsync(code);
        await b.Page.Locator("#code").PressAsync("Enter");
        await a.SeesAsync("Add beta-lap?");
        await a.PictureAsync("pair-asked-desktop-light");
        await b.SeesAsync("Joining.");
        await b.PictureAsync("pair-joining-phone-dark");
        await a.Button("Add").First.ClickAsync();
        await a.SeesAsync("Paired with beta-lap");
        await b.SeesAsync("Paired with alpha-desk");
        await a.PictureAsync("pair-done-desktop-light");
        await b.PictureAsync("pair-done-phone-dark");
        Assert.Equal(["beta-lap"], await two.A.PeersAsync());
        a.HasNoComplaints();
        b.HasNoComplaints();
    }

    [Fact]
    public async Task By_the_camera()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/pair");
        await a.Button("Show a code").ClickAsync();
        await a.Page.Locator(".qr path").WaitForAsync();
        using var folder = new TemporaryFolder();
        var picture = folder["qr.y4m"];
        await File.WriteAllBytesAsync(picture, await FilmAsync(a.Page));

        await using var withCamera = await chromium.LaunchAsync(
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            $"--use-file-for-fake-video-capture={picture}"
        );
        await using var b = await ScreenPage.OpenAsync(withCamera, two.B, Look.Phone);
        await b.GoAsync("/pair");
        await b.Button("Scan with the camera").ClickAsync();
        await a.SeesAsync("Add beta-lap?");
        await a.Button("Add").First.ClickAsync();
        await b.SeesAsync("Paired with alpha-desk");
        b.HasNoComplaints();
    }

    /// <summary>The newcomer was given a link; neither hand touches a mouse.</summary>
    [Fact]
    public async Task By_link_and_keyboard_alone()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await using var show = two.A.Begin("pair", "--json");
        using (var line = JsonDocument.Parse(await show.ReadLineAsync()))
        {
            var link = line.RootElement.GetProperty("uri").GetString()!;
            await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B, link: link);
            await Assertions.Expect(b.Page.Locator("#code")).ToHaveValueAsync(link);
            Assert.Equal(new Uri(b.Site, "/pair").AbsoluteUri, b.Page.Url);
        }
        show.Interrupt();
        await show.EndAsync();

        await a.TabToAsync("Pair");
        await a.Page.Keyboard.PressAsync("Enter");
        await a.TabToAsync("Show a code");
        await a.Page.Keyboard.PressAsync("Enter");
        var code = await a.Page.Locator(".digits").InnerTextAsync();
        await using var newcomer = await ScreenPage.OpenAsync(chromium.Browser, two.B, Look.Phone);
        await newcomer.TabToAsync("Pair");
        await newcomer.Page.Keyboard.PressAsync("Enter");
        await newcomer.TabToAsync("123-456 789");
        await newcomer.Page.Keyboard.TypeAsync(code);
        await newcomer.Page.Keyboard.PressAsync("Enter");
        await a.SeesAsync("Add beta-lap?");
        await a.TabToAsync("Add");
        await a.PictureAsync("pair-focus-desktop-light");
        await a.Page.Keyboard.PressAsync("Enter");
        await a.SeesAsync("Paired with beta-lap");
        await a.TabToAsync("Go to Home");
        await a.Page.Keyboard.PressAsync("Enter");
        await a.SeesAsync("This device");
    }

    [Fact]
    public async Task Why_not_is_said_and_another_try_is_good()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, Look.Phone);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await a.GoAsync("/pair");
        await a.Button("Show a code").ClickAsync();
        var code = await a.Page.Locator(".digits").InnerTextAsync();
        await a.PictureAsync("pair-code-phone-light");
        await b.GoAsync("/pair");
        var wrong = code[..^1] + (char)('0' + (code[^1] - '0' + 1) % 10);
        await b.Page.Locator("#code").FillAsync(wrong);
        await b.Button("Join").ClickAsync();
        await b.SeesAsync("That was not the code.");
        await a.SeesAsync("Somebody tried a wrong code.");
        await b.PictureAsync("pair-wrong-desktop-light");
        await b.Page.Locator("#code").FillAsync(code);
        await b.Button("Join").ClickAsync();
        await a.SeesAsync("Add beta-lap?");
        await a.Button("Do not add").ClickAsync();
        await b.SeesAsync("The other device said no.");
        Assert.Empty(await two.A.PeersAsync());
    }

    /// <summary>The picture of the code as a camera film of one frame: 640 by 480, grey, as Chromium's false camera reads it.</summary>
    private static async Task<byte[]> FilmAsync(IPage page)
    {
        const int width = 640;
        const int height = 480;
        var grey = Convert.FromBase64String(
            await page.EvaluateAsync<string>(
                """
                () => {
                  const qr = document.querySelector('.qr');
                  const side = qr.viewBox.baseVal.width;
                  const canvas = new OffscreenCanvas(640, 480);
                  const context = canvas.getContext('2d');
                  context.fillStyle = '#fff';
                  context.fillRect(0, 0, 640, 480);
                  context.translate(100, 20);
                  context.scale(440 / side, 440 / side);
                  context.fillStyle = '#000';
                  context.fill(new Path2D(qr.querySelector('path').getAttribute('d')));
                  const pixels = context.getImageData(0, 0, 640, 480).data;
                  let text = '';
                  for (let i = 0; i < pixels.length; i += 4) text += String.fromCharCode(pixels[i]);
                  return btoa(text);
                }
                """
            )
        );
        Assert.Equal(width * height, grey.Length);
        using var film = new MemoryStream();
        film.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n"));
        film.Write("FRAME\n"u8);
        film.Write(grey);
        film.Write(Enumerable.Repeat((byte)128, width * height / 2).ToArray());
        return film.ToArray();
    }
}
