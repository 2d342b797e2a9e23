using Toss.Core.Clips;
using Xunit;

namespace Toss.Tests.Core;

public sealed class MediaTypesTests
{
    [Fact]
    public void A_picture_that_a_toolkit_offers_as_all_it_can_encode_is_read_as_png() =>
        Assert.Equal(
            [MediaTypes.Html, MediaTypes.Png, MediaTypes.Svg],
            MediaTypes.WithoutConversions([
                MediaTypes.Html,
                MediaTypes.Jpeg,
                MediaTypes.Bmp,
                MediaTypes.Png,
                MediaTypes.Tiff,
                MediaTypes.Svg,
            ])
        );

    [Fact]
    public void A_picture_that_is_kept_as_it_is_stays_so()
    {
        string[] browser = [MediaTypes.Html, MediaTypes.Png, MediaTypes.Jpeg];
        Assert.Equal(browser, MediaTypes.WithoutConversions(browser));
        string[] bitmap = [MediaTypes.Bmp, MediaTypes.Tiff];
        Assert.Equal(bitmap, MediaTypes.WithoutConversions(bitmap));
    }
}
