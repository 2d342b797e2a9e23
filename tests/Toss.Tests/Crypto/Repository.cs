namespace Toss.Tests.Crypto;

/// <summary>Where checked-in vectors and documents are read from.</summary>
internal static class Repository
{
    public static string Root()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Toss.slnx")))
            {
                return folder;
            }
        }
        throw new InvalidOperationException("Run inside the repository: the vectors are read from it.");
    }
}
