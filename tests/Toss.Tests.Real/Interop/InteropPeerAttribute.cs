namespace Toss.Tests.Real.Interop;

/// <summary>Whose program the tests of a class talk to.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class InteropPeerAttribute(string name) : Attribute
{
    public string Name => name;
}
