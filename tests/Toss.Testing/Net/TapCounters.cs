namespace Toss.Testing.Net;

/// <summary>UDP and TCP frames of one direction so far. What arrives is Entered − Lost − Overflowed + Duplicated.</summary>
public readonly record struct TapCounters(long Entered, long Lost, long Overflowed, long Duplicated);
