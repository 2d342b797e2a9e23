using System.Text;
using Org.BouncyCastle.Math;
using Toss.Crypto.Pairing;
using Toss.Testing;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class Spake2Tests
{
    /// <summary>RFC 9382, appendix B: SPAKE2-P256-SHA256-HKDF-HMAC.</summary>
    public static IEnumerable<TheoryDataRow<string[]>> Vectors =>
        [
            new([
                "server",
                "client",
                "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
                "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729",
                "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
                "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
                "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d09857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
                "0e0672dc86f8e45565d338b0540abe69",
                "00c12546835755c86d8c0db7851ae86f",
                "a9fa3406c3b781b93d804485430ca27a",
                "58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0",
                "d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b",
            ]),
            new([
                "",
                "client",
                "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
                "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b",
                "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
                "04a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
                "04e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
                "642f05c473c2cd79909f9a841e2f30a7",
                "c6be376fc7cd1301fd0a13adf3e7bffd",
                "b7243f4ae60440a49b3f8cab3c1fba07",
                "47d29e6666af1b7dd450d571233085d7a9866e4d49d2645e2df975489521232b",
                "3313c5cefc361d27fb16847a91c2a73b766ffa90a4839122a9b70a2f6bd1d6df",
            ]),
            new([
                "server",
                "",
                "626e0cdc7b14c9db3e52a0b1b3a768c98e37852d5db30febe0497b14eae8c254",
                "07adb3db6bc623d3399726bfdbfd3d15a58ea776ab8a308b00392621291f9633",
                "b6a4fc8dbb629d4ba51d6f91ed1532cf87adec98f25dd153a75accafafedec16",
                "04f88fb71c99bfffaea370966b7eb99cd4be0ff1a7d335caac4211c4afd855e2e15a873b298503ad8ba1d9cbb9a392d2ba309b48bfd7879aefd0f2cea6009763b0",
                "040c269d6be017dccb15182ac6bfcd9e2a14de019dd587eaf4bdfd353f031101e7cca177f8eb362a6e83e7d5e729c0732e1b528879c086f39ba0f31a9661bd34db",
                "005184ff460da2ce59062c87733c299c",
                "f3da53604f0aeecea5a33be7bddf6edf",
                "9e3f86848736f159bd92b6e107ec6799",
                "bc9f9bbe99f26d0b2260e6456e05a86196a3307ec6663a18bf6ac825736533b2",
                "c2370e1bf813b086dff0d834e74425a06e6390f48f5411900276dcccc5a297ec",
            ]),
            new([
                "",
                "",
                "7bf46c454b4c1b25799527d896508afd5fc62ef4ec59db1efb49113063d70cca",
                "8cef65df64bb2d0f83540c53632de911b5b24b3eab6cc74a97609fd659e95473",
                "d7a66f64074a84652d8d623a92e20c9675c61cb5b4f6a0063e4648a2fdc02d53",
                "04a65b367a3f613cf9f0654b1b28a1e3a8a40387956c8ba6063e8658563890f46ca1ef6a676598889fc28de2950ab8120b79a5ef1ea4c9f44bc98f585634b46d66",
                "04589f13218822710d98d8b2123a079041052d9941b9cf88c6617ddb2fcc0494662eea8ba6b64692dc318250030c6af045cb738bc81ba35b043c3dcb46adf6f58d",
                "fc6374762ba5cf11f4b2caa08b2cd1b9",
                "5dbd2f477166b7fb6d61febbd77a5563",
                "7689b4654407a5faeffdc8f18359d8a3",
                "dfb4db8d48ae5a675963ea5e6c19d98d4ea028d8e898dad96ea19a80ade95dca",
                "d0f0609d1613138d354f7e95f19fb556bf52d751947241e8c7118df5ef0ae175",
            ]),
        ];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Both_sides_reproduce_RFC_9382(string[] vector)
    {
        var idA = Encoding.ASCII.GetBytes(vector[0]);
        var idB = Encoding.ASCII.GetBytes(vector[1]);
        var (w, x, y) = (new BigInteger(vector[2], 16), new BigInteger(vector[3], 16), new BigInteger(vector[4], 16));
        var pA = Spake2.Share(SpakeRole.A, w, x);
        var pB = Spake2.Share(SpakeRole.B, w, y);
        Assert.Equal(vector[5], Convert.ToHexStringLower(pA));
        Assert.Equal(vector[6], Convert.ToHexStringLower(pB));
        foreach (var (role, scalar) in new[] { (SpakeRole.A, x), (SpakeRole.B, y) })
        {
            Assert.True(Spake2.TryFinish(role, w, scalar, pA, pB, idA, idB, [], out var keys));
            Assert.Equal(vector[7], Convert.ToHexStringLower(keys.Ke));
            Assert.Equal(vector[8], Convert.ToHexStringLower(keys.ConfirmKeyA));
            Assert.Equal(vector[9], Convert.ToHexStringLower(keys.ConfirmKeyB));
            Assert.Equal(vector[10], Convert.ToHexStringLower(keys.ConfirmA));
            Assert.Equal(vector[11], Convert.ToHexStringLower(keys.ConfirmB));
        }
    }

    [Fact]
    public void Shares_that_are_no_points_are_refused()
    {
        var random = new SeededRandomSource(1);
        var w = Spake2.RandomScalar(random);
        var x = Spake2.RandomScalar(random);
        var good = Spake2.Share(SpakeRole.B, w, Spake2.RandomScalar(random));
        Assert.True(Spake2.TryDecode(good, out _));
        var offCurve = good.ToArray();
        offCurve[64] ^= 1;
        var compressed = new byte[33];
        compressed[0] = (byte)(2 + (good[64] & 1));
        good.AsSpan(1, 32).CopyTo(compressed.AsSpan(1));
        var hybrid = good.ToArray();
        hybrid[0] = (byte)(6 + (good[64] & 1));
        byte[] outOfField = [4, .. Enumerable.Repeat((byte)0xff, 64)];
        foreach (
            var bad in new byte[][]
            {
                [],
                [0],
                new byte[65],
                offCurve,
                compressed,
                hybrid,
                outOfField,
                good[..64],
                [.. good, 0],
            }
        )
        {
            Assert.False(Spake2.TryDecode(bad, out _));
            Assert.False(
                Spake2.TryFinish(SpakeRole.A, w, x, Spake2.Share(SpakeRole.A, w, x), bad, "a"u8, "b"u8, [], out _)
            );
        }
    }

    [Fact]
    public void A_share_that_makes_the_result_infinity_is_refused()
    {
        // pB = w·N: what is left after the mask is infinity. (With y = order, y·G is infinity.)
        var random = new SeededRandomSource(1);
        var w = Spake2.RandomScalar(random);
        var x = Spake2.RandomScalar(random);
        var pB = Spake2.Share(SpakeRole.B, w, BigInteger.Zero);
        var pA = Spake2.Share(SpakeRole.A, w, x);
        Assert.True(Spake2.TryDecode(pB, out _));
        Assert.False(Spake2.TryFinish(SpakeRole.A, w, x, pA, pB, "a"u8, "b"u8, [], out _));
    }
}
