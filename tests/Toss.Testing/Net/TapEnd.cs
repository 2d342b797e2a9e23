using System.Net;

namespace Toss.Testing.Net;

/// <summary>One end of a <see cref="TapLink"/>.</summary>
public sealed record TapEnd(LabNamespace Space, string Device, IPAddress V4, IPAddress V6);
