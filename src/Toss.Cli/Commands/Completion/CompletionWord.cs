namespace Toss.Cli.Commands.Completion;

/// <summary>A word and what it is for.</summary>
internal sealed record CompletionWord(string Word, string Description);
