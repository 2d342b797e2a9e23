using Toss.Core.Clips;

namespace Toss.Storage.Rows;

/// <summary>A clip's state: a number in clear, for order and equality, and what is sealed with it.</summary>
internal sealed class ClipStatus(RowSeal seal)
{
    private const string Column = "clip.status";
    private const byte Wanted = 1;

    /// <summary>What is wanted is one of the incomplete ones; that it is wanted is sealed.</summary>
    public static long NumberOf(ClipState state) => (long)(state == ClipState.Wanted ? ClipState.Incomplete : state);

    public byte[] Seal(byte[] id, ClipState state) =>
        seal.Seal(Column, RowSeal.Row(id, NumberOf(state)), state == ClipState.Wanted ? [Wanted] : []);

    /// <summary>Null if it does not open.</summary>
    public ClipState? Open(ReadOnlySpan<byte> id, long number, ReadOnlySpan<byte> status) =>
        !seal.TryOpen(Column, RowSeal.Row(id, number), status, out var says) ? null
        : says is [Wanted] && number == (long)ClipState.Incomplete ? ClipState.Wanted
        : (ClipState)number;
}
