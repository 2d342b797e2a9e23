using System.Text.Json;
using Toss.Cli.Commands.Output;
using Toss.Control;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>Every kind of event, by the generated JSON code: what is not registered there fails in the native program only.</summary>
public sealed class AgentEventTests
{
    public static TheoryData<string> Kinds =>
        [
            .. typeof(AgentEvent)
                .Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(AgentEvent)) && !type.IsAbstract)
                .Select(type => type.Name),
        ];

    [Fact]
    public void There_is_a_sample_of_each() =>
        Assert.Equal(
            Kinds.Select(row => row.Data).Order(),
            AgentEventSamples.All.Select(sample => sample.GetType().Name).Order()
        );

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_is_written_and_read_by_the_generated_code(string kind)
    {
        var sample = Sample(kind);
        Assert.NotNull(ControlJson.Default.GetTypeInfo(sample.GetType()));

        var line = JsonSerializer.Serialize(sample, ControlJson.Default.AgentEvent);
        var read = JsonSerializer.Deserialize(line, ControlJson.Default.AgentEvent);

        Assert.Equal(kind, read!.GetType().Name);
        Assert.Equal(line, JsonSerializer.Serialize(read, ControlJson.Default.AgentEvent));
        Assert.Equal(new EventPosition("r1", sample.Sequence), read.Position);
        using var parsed = JsonDocument.Parse(line);
        Assert.Matches("^[a-z]+(-[a-z]+)*$", parsed.RootElement.GetProperty("event").GetString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_has_words_for_people(string kind) => Assert.NotEqual(kind, WatchLine.Of(Sample(kind)));

    [Theory]
    [InlineData("a.1", true)]
    [InlineData("a.b.12", true)]
    [InlineData("a.-1", false)]
    [InlineData("a.", false)]
    [InlineData(".1", false)]
    [InlineData("a", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("a.99999999999999999999", false)]
    public void A_position_is_read_as_it_was_written(string? text, bool isOne)
    {
        Assert.Equal(isOne, EventPosition.TryParse(text, out var position));
        if (isOne)
        {
            Assert.Equal(text, position.ToString());
        }
    }

    [Fact]
    public void A_position_of_any_length_is_refused() =>
        Assert.False(EventPosition.TryParse(new string('x', 1000) + ".1", out _));

    private static AgentEvent Sample(string kind) =>
        AgentEventSamples.All.Single(sample => sample.GetType().Name == kind);
}
