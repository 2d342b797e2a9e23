namespace Toss.Ui.Home;

/// <summary>How something said is meant; said in words too, and never by its colour alone.</summary>
public enum Tone
{
    Quiet,
    Good,
    Waiting,
    Bad,
}
