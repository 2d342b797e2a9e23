using System.Text;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Testing.Platform;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>
/// Three devices, and beside Toss another program that carries the clipboards of two of them and rewrites what it carries:
/// no copy goes round, none is put anywhere twice, none is missing.
/// </summary>
public sealed class EchoTests
{
    private readonly SimWorld _world = new(71);
    private readonly SimDevice[] _devices;

    public EchoTests()
    {
        var (a, b, c) = (_world.AddDevice("a"), _world.AddDevice("b"), _world.AddDevice("c"));
        _world.Pair(a, b);
        _world.Pair(a, c);
        _devices = [a, b, c];
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Nothing_goes_round_while_a_bridge_carries_everything() => Assert.Null(Differs(300, _ => { }));

    [Fact]
    [Trait("Seeds", "all")]
    public void Nothing_goes_round_in_ten_thousand_copies() => Assert.Null(Differs(10_000, _ => { }));

    /// <summary>The test can fail: it does without each part of the filter.</summary>
    [Theory]
    [InlineData("off")]
    [InlineData("last write only")]
    [InlineData("bytes only")]
    public void Without_a_part_of_the_filter_the_same_differs(string without)
    {
        var differs = Differs(
            30,
            device =>
            {
                device.Kill();
                device.Plant = ports =>
                    ports with
                    {
                        Echo = without switch
                        {
                            "off" => new EchoFilter(capacity: 0),
                            "last write only" => new EchoFilter(capacity: 1),
                            _ => new EchoFilter(fingerprint: ContentFingerprint.OfBytes),
                        },
                    };
                device.Start();
                _world.WaitConnected(device);
            }
        );
        Assert.NotNull(differs);
    }

    /// <summary>A bridge that is faster than we are: its copy is one more, and what was copied is still put nowhere twice.</summary>
    [Fact]
    public void What_a_bridge_brings_first_is_not_put_there_again()
    {
        var (a, b) = (_devices[0], _devices[1]);
        Connect(TimeSpan.FromMilliseconds(1), SimBridge.Rewrite);
        for (var i = 0; i < 50; i++)
        {
            a.Clipboard!.Copy(Content(i));
            _world.Scheduler.RunFor(TimeSpan.FromSeconds(2));
        }
        Assert.InRange(a.Clipboard!.Writes + b.Clipboard!.Writes, 0, 50);
        Assert.InRange(a.History.Count, 50, 100);
    }

    /// <summary>What comes back in other words each time is no echo by any fingerprint; it comes round three times and no more.</summary>
    [Fact]
    public void What_is_reworded_each_time_stops_at_the_third_time_and_is_said()
    {
        var (a, b) = (_devices[0], _devices[1]);
        a.Clipboard!.EchoAfter = b.Clipboard!.EchoAfter = null;
        var bridge = Connect(TimeSpan.FromMilliseconds(400), SimBridge.Reword);
        a.Clipboard!.Copy([new(MediaTypes.Html, "<b>again and again</b>"u8.ToArray())]);
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        Assert.InRange(a.History.Count, 2, 8);
        Assert.InRange(bridge.Carried, 2, 16);
        var warnings = new[] { a, b }.SelectMany(device =>
            device.Call(control => control.GetStatusAsync(default))!.Warnings
        );
        Assert.Contains(
            warnings,
            warning => warning.Message.Contains("came round three times", StringComparison.Ordinal)
        );
    }

    /// <summary>Null if every copy is in every history once, nothing else is, and no clipboard got one of them twice.</summary>
    private string? Differs(int copies, Action<SimDevice> prepare)
    {
        foreach (var device in _devices)
        {
            prepare(device);
            device.Clipboard!.EchoAfter = null;
        }
        var bridge = Connect(TimeSpan.FromMilliseconds(700), SimBridge.Rewrite);
        var random = new Random(5);
        for (var i = 0; i < copies; i++)
        {
            _devices[random.Next(3)].Clipboard!.Copy(Content(i));
            _world.Scheduler.RunFor(TimeSpan.FromMilliseconds(random.Next(300, 4000)));
        }
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.InRange(bridge.Carried, copies, int.MaxValue);
        foreach (var device in _devices)
        {
            if (device.History.Count != copies)
            {
                return $"{device.Name} has {device.History.Count} of {copies} in its history";
            }
        }
        var writes = _devices.Sum(device => device.Clipboard!.Writes);
        return writes > 2 * copies ? $"{writes} writes of {copies} copies" : null;
    }

    private SimBridge Connect(TimeSpan delay, Func<ContentRepresentation, ContentRepresentation?> rewrite)
    {
        var bridge = new SimBridge(_world, delay, rewrite);
        bridge.Connect(_devices[0].Clipboard!, _devices[1].Clipboard!);
        return bridge;
    }

    /// <summary>By turns a text of several lines, a page with its text, a picture.</summary>
    private static IReadOnlyList<ContentRepresentation> Content(int number) =>
        (number % 3) switch
        {
            0 => [Text($"copy {number}\nin two lines")],
            1 =>
            [
                new(MediaTypes.Html, Encoding.UTF8.GetBytes($"<p>copy <b>{number}</b>\n</p>")),
                Text($"copy {number}"),
                new(MediaTypes.Rtf, Encoding.UTF8.GetBytes($"{{\\rtf1 copy {number}}}")),
            ],
            _ => [new(MediaTypes.Png, TestPicture.Of(number).ToPng())],
        };

    private static ContentRepresentation Text(string text) => new(MediaTypes.Text, Encoding.UTF8.GetBytes(text));
}
