using System.CommandLine;
using System.Security.Cryptography;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss history [QUERY…]`: what was copied, newest first. `--keep`: unlocks what a circle locked that removed this device.</summary>
internal static class HistoryCommand
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 10_000;

    /// <summary>Characters of a preview in the table.</summary>
    private const int Preview = 60;

    /// <summary>Stands before the copy that holds the clipboards: of two at once, the one with the later stamp.</summary>
    private const string Holds = "\u25b8 ";

    /// <summary>Stands before what is pinned.</summary>
    private const string Pinned = "\u2691 ";

    public static Command Create(CommandHost host)
    {
        var query = new Argument<string[]>("QUERY")
        {
            Description = "Only what has each of these words in its beginning, its tags or its device's name.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var limit = NumberOption.Whole("--limit", [], "At most so many.", DefaultLimit, 1, MaxLimit);
        var keep = new Option<bool>("--keep")
        {
            Description = "Keep what was locked when this device was removed; asks for your password on this computer.",
        };
        var type = new Option<string?>("--type")
        {
            Description = "Only copies of this type: text, url, picture, other.",
            HelpName = "TYPE",
        };
        var device = new Option<string?>("--device")
        {
            Description = "Only what was copied on this device.",
            HelpName = "DEVICE",
        };
        var since = TimeOption.Create("--since", "Only what was copied then or later.");
        var until = TimeOption.Create("--until", "Only what was copied then or before.");
        var before = new Option<string?>("--before")
        {
            Description = "Only what is older than this copy: an id, from --json.",
            HelpName = "CLIP",
        };
        var pinned = new Option<bool>("--pinned") { Description = "Only what is pinned." };
        var tag = new Option<string?>("--tag") { Description = "Only what has this tag.", HelpName = "NAME" };
        var command = new Command("history", "List what was copied, newest first.")
        {
            query,
            limit,
            type,
            device,
            since,
            until,
            before,
            pinned,
            tag,
            keep,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(keep) && result.GetValue(query) is { Length: > 0 })
            {
                result.AddError("Give QUERY or --keep, not both: what was locked is kept as a whole.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                if (parsed.GetValue(keep))
                {
                    await KeepAsync(host, control, parsed.IsJson(), cancellation);
                    return;
                }
                var request = new HistoryRequest(
                    parsed.GetValue(query) is { Length: > 0 } words ? string.Join(' ', words) : null,
                    parsed.GetValue(limit),
                    parsed.GetValue(type),
                    parsed.GetValue(device),
                    parsed.GetValue(since),
                    parsed.GetValue(until),
                    parsed.GetValue(before),
                    parsed.GetValue(pinned),
                    parsed.GetValue(tag)
                );
                var entries = await control.GetAllHistoryAsync(request, cancellation);
                if (!parsed.IsJson())
                {
                    Say(host, entries);
                }
                else if (parsed.IsVerbose())
                {
                    host.Json(entries, ControlJson.Default.IReadOnlyListHistoryEntry);
                }
                else
                {
                    host.Json([.. entries.Select(HistoryJson.Of)], CliJson.Default.IReadOnlyListHistoryJson);
                }
            }
        );
        return command;
    }

    private static async Task KeepAsync(CommandHost host, IControl control, bool json, CancellationToken cancellation)
    {
        var question = $"Password of {SafeText.Of(Environment.UserName)} on this computer:";
        var password = await SecretPrompt.ReadAsync(host, question, cancellation);
        try
        {
            await control.KeepHistoryAsync(password, cancellation);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
        if (json)
        {
            host.Json(new DoneJson(true), CliJson.Default.DoneJson);
        }
        else
        {
            host.Out.WriteLine("The history is unlocked and stays. `toss history` lists it.");
        }
    }

    private static void Say(CommandHost host, IReadOnlyList<HistoryEntry> entries)
    {
        if (entries.Count == 0)
        {
            host.Out.WriteLine("Nothing yet.");
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("when", "from", "what", "size", "delivery");
        foreach (var entry in entries)
        {
            var what = entry.Preview.Length > 0 ? entry.Preview : string.Join(", ", entry.Types);
            table.AddRow(
                new Text(Spoken.Ago(entry.At, host.Time.GetUtcNow())),
                new Text(SafeText.Of(entry.Origin.Name)),
                new Text(
                    (entry.HoldsClipboard ? Holds : "")
                        + (entry.Pinned ? Pinned : "")
                        + SafeText.Of(what, Preview)
                        + SafeText.Of(string.Concat(entry.Tags.Select(own => $" #{own}")))
                ),
                new Text(Spoken.Size(entry.Size)),
                new Text(DeliveryOf(entry))
            );
        }
        host.Screen.Write(table);
    }

    private static string DeliveryOf(HistoryEntry entry) =>
        entry.WaitsFor.Count > 0 ? SafeText.Of($"{entry.State}: waits for {string.Join(" or ", entry.WaitsFor)}")
        : entry.Deliveries.Count == 0 ? entry.State
        : string.Join(
            ", ",
            entry.Deliveries.Select(delivery =>
                SafeText.Of(
                    delivery.Reason is { Length: > 0 } why
                        ? $"{delivery.Name}: {delivery.State} ({why})"
                        : $"{delivery.Name}: {delivery.State}"
                )
            )
        );
}
