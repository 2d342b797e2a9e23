using System.Reflection;
using Toss.Platform.Native;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

/// <summary>What can be said of the calls into macOS without macOS: that each is declared as its method is encoded.</summary>
public sealed class ObjectiveCMethodTests
{
    public static TheoryData<string> Encodings => [.. AppKitMethods.All.Select(method => method.Encoding).Distinct()];

    /// <summary>Written as the runtime writes them on a Mac, after Apple's "Type Encodings".</summary>
    [Theory]
    [InlineData("@@:", "@16@0:8", true)]
    [InlineData("q@:", "q16@0:8", true)]
    [InlineData("q@:Q", "q24@0:8Q16", true)]
    [InlineData("B@:@@", "B32@0:8@16@24", true)]
    [InlineData("B@:@@", "c32@0:8@16@24", true)]
    [InlineData("B@:@", "B24@0:8@16", true)]
    [InlineData("B@:@", "c24@0:8@16", true)]
    [InlineData("@@:@", "@24@0:8@16", true)]
    [InlineData("*@:", "r*16@0:8", true)]
    [InlineData("^v@:", "r^v16@0:8", true)]
    [InlineData("@@:^vQ", "@32@0:8r^v16Q24", true)]
    [InlineData("@@:*", "@24@0:8r*16", true)]
    [InlineData("q@:", "i16@0:8", false)]
    [InlineData("Q@:", "q16@0:8", false)]
    [InlineData("@@:Q", "@24@0:8@16", false)]
    [InlineData("@@:", "@24@0:8@16", false)]
    [InlineData("@@:", "", false)]
    public void A_method_is_compared_with_what_the_runtime_says_of_it(string ours, string runtime, bool isSame) =>
        Assert.Equal(isSame, new ObjectiveCMethod("NSObject", "some", ours).IsEncodedAs(runtime));

    [Theory, MemberData(nameof(Encodings))]
    public void There_is_a_call_for_each_kind_of_method(string encoding)
    {
        var (result, arguments) = Declared(encoding);
        Assert.Contains(
            typeof(ObjectiveC).GetMethods(BindingFlags.Static | BindingFlags.Public),
            method =>
                method.Name.StartsWith("Send", StringComparison.Ordinal)
                && method.ReturnType == result
                && method.GetParameters().Select(one => one.ParameterType).SequenceEqual(arguments)
        );
    }

    [Fact]
    public void Each_selector_has_a_colon_for_each_argument_and_stands_once()
    {
        foreach (var method in AppKitMethods.All)
        {
            Assert.Equal(Declared(method.Encoding).Arguments.Count - 2, method.Selector.Count(each => each == ':'));
        }
        Assert.Equal(
            AppKitMethods.All.Count,
            AppKitMethods.All.Select(one => (one.Class, one.Selector)).Distinct().Count()
        );
    }

    private static (Type Result, List<Type> Arguments) Declared(string encoding)
    {
        var types = new List<Type>();
        for (var at = 0; at < encoding.Length; at++)
        {
            types.Add(
                encoding[at] switch
                {
                    '@' or ':' or 'q' => typeof(nint),
                    'Q' => typeof(nuint),
                    '*' => typeof(byte).MakePointerType(),
                    'B' => typeof(byte),
                    '^' when encoding[++at] == 'v' => typeof(byte).MakePointerType(),
                    var other => throw new InvalidOperationException($"{other} is no type that is used."),
                }
            );
        }
        // What comes back is looked at as what it is; in the register it is a word, or a byte.
        return (types[0] == typeof(byte) ? typeof(byte) : typeof(nint), types[1..]);
    }
}
