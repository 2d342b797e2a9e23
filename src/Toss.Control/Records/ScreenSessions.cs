namespace Toss.Control;

/// <summary>What a page of the screens keeps to be known again. The key is a secret.</summary>
public sealed record ScreenSession(string Id, byte[] Key);

/// <summary>A page looks for its agent: <see cref="Http.ScreenProof"/>.</summary>
/// <param name="Nonce">Of the page, of chance.</param>
public sealed record ScreenGreeting(string Id, byte[] Nonce);

/// <summary>The agent, by its proof, with a number of chance of its own.</summary>
public sealed record ScreenGreeted(byte[] Nonce, byte[] Proof);

/// <summary>The page, by its proof: it is let in again.</summary>
/// <param name="Nonce">The agent's.</param>
public sealed record ScreenReturn(string Id, byte[] Nonce, byte[] Proof);
