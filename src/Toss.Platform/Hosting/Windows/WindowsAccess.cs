using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Toss.Platform.Hosting.Windows;

/// <summary>
/// What modes 0700 and 0600 are on Windows: an access list that names this user, the system and the administrators, and
/// inherits nothing. The latter two can take any file of the machine anyway; backups and virus scanners run as them.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class WindowsAccess
{
    private static readonly SecurityIdentifier s_system = new(WellKnownSidType.LocalSystemSid, null);
    private static readonly SecurityIdentifier s_administrators = new(WellKnownSidType.BuiltinAdministratorsSid, null);
    private static readonly SecurityIdentifier s_creatorOwner = new(WellKnownSidType.CreatorOwnerSid, null);
    private static readonly SecurityIdentifier s_ownerRights = new("S-1-3-4");

    /// <summary>This user, as access lists name it.</summary>
    public static SecurityIdentifier User { get; } = WindowsIdentity.GetCurrent().User!;

    /// <summary>Makes the folder, and those above it that are missing, for this user alone.</summary>
    public static void CreateFolder(string path) => new DirectoryInfo(path).Create(Closed(new DirectorySecurity()));

    /// <summary>Closes a folder of ours; what is in it and inherits follows.</summary>
    public static void CloseFolder(string path) =>
        new DirectoryInfo(path).SetAccessControl(Closed(new DirectorySecurity()));

    /// <summary>Opens the file; where that makes it, it is this user's alone.</summary>
    public static FileStream Open(string path, FileMode mode, FileSystemRights rights, FileShare share) =>
        new FileInfo(path).Create(mode, rights, share, bufferSize: 1, FileOptions.None, Closed(new FileSecurity()));

    /// <summary>
    /// Null if the path is what it should be, ours, and closed to everybody else; else what is wrong.
    /// <c>OnlyMode</c>: it is ours, but open.
    /// </summary>
    public static (string Text, bool OnlyMode)? Problem(string path, bool folder)
    {
        FileAttributes attributes;
        FileSystemSecurity security;
        const AccessControlSections sections = AccessControlSections.Owner | AccessControlSections.Access;
        try
        {
            attributes = File.GetAttributes(path);
            security = folder
                ? new DirectoryInfo(path).GetAccessControl(sections)
                : new FileInfo(path).GetAccessControl(sections);
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return ($"{path} cannot be examined.", false);
        }
        // A junction or link leads to where somebody else may decide.
        if (attributes.HasFlag(FileAttributes.ReparsePoint) || attributes.HasFlag(FileAttributes.Directory) != folder)
        {
            return ($"{path} is not a plain {(folder ? "folder" : "file")}.", false);
        }
        // What an elevated process makes belongs to the administrators.
        if (
            security.GetOwner(typeof(SecurityIdentifier)) is not SecurityIdentifier owner
            || (owner != User && owner != s_administrators)
        )
        {
            return ($"{path} belongs to another user.", false);
        }
        return Stranger(security) is { } stranger
            ? (
                $"{path} is open to others ({stranger}). Close it with: "
                    + $"icacls \"{path}\" /inheritance:r /grant:r \"*{User}:F\"",
                true
            )
            : null;
    }

    /// <summary>Somebody but us who is let in, now or through what will be in the folder.</summary>
    private static SecurityIdentifier? Stranger(FileSystemSecurity security)
    {
        foreach (FileSystemAccessRule rule in security.GetAccessRules(true, true, typeof(SecurityIdentifier)))
        {
            var who = (SecurityIdentifier)rule.IdentityReference;
            if (rule.AccessControlType == AccessControlType.Allow && !IsOurs(who))
            {
                return who;
            }
        }
        return null;
    }

    private static bool IsOurs(SecurityIdentifier who) =>
        who == User || who == s_system || who == s_administrators || who == s_creatorOwner || who == s_ownerRights;

    private static T Closed<T>(T security)
        where T : FileSystemSecurity
    {
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        var heirs =
            security is DirectorySecurity
                ? InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit
                : InheritanceFlags.None;
        foreach (var who in (ReadOnlySpan<SecurityIdentifier>)[User, s_system, s_administrators])
        {
            security.AddAccessRule(
                new(who, FileSystemRights.FullControl, heirs, PropagationFlags.None, AccessControlType.Allow)
            );
        }
        return security;
    }
}
