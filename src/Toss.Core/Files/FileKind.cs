namespace Toss.Core.Files;

/// <summary>What an entry of a set is. There is nothing else: links, devices and sockets are not sent.</summary>
public enum FileKind : byte
{
    File = 1,
    Folder = 2,
}
