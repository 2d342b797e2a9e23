using Toss.Agent;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Platform.Hosting;
using Toss.Platform.KeyStores;

namespace Toss.Cli.Daemon;

/// <summary>Where the keys of this device are, and what it means when they are not.</summary>
internal static class DeviceKeys
{
    /// <summary>Where the keys go at the first start: `auto`, `secret-service`, `passphrase-file`, `key-file`, `dpapi`.</summary>
    public const string KeyStoreVariable = "TOSS_KEYSTORE";

    /// <summary>The keys of this device. A store that is locked or empty where it was not before is an error, never a new device.</summary>
    public static async Task<(DeviceSecrets Secrets, string Kind)> OpenAsync(
        TossFolders folders,
        SystemRandomSource random,
        CancellationToken cancellation
    )
    {
        var marker = DeviceMarker.Read(folders);
        var choice = await ChooseAsync(folders, marker, random, cancellation);
        var (status, secrets, detail) = await DeviceSecrets.LoadOrCreateAsync(
            choice.Store,
            marker?.PublicKey,
            key => DeviceMarker.Write(folders, choice.Store.Kind, key.PublicKey),
            random,
            cancellation
        );
        if (secrets is null)
        {
            throw Problem(status, detail, choice.Store.Kind, folders);
        }
        return (secrets, choice.Store.Kind);
    }

    private static ControlException Problem(KeyStoreStatus status, string? detail, string kind, TossFolders folders)
    {
        var (message, hint) = status switch
        {
            KeyStoreStatus.Locked when kind == "passphrase-file" => (
                "The key file needs its passphrase.",
                $"Put it into a file that only you can read, and name that in {PassphraseFromEnvironment.Variable}."
            ),
            KeyStoreStatus.Locked => ($"The key store ({kind}) is locked.", "Unlock it, then run `toss up`."),
            KeyStoreStatus.Missing => (
                $"The key of this device is not in the key store ({kind}) any more.",
                $"Restore it. To start over as a new device, move {folders.Data} away."
            ),
            KeyStoreStatus.WrongPassphrase => (
                "The passphrase is wrong.",
                $"Set {PassphraseFromEnvironment.Variable} to the right file."
            ),
            KeyStoreStatus.Unavailable when kind == "dpapi" => (
                "Windows' data protection does not give the key of this device.",
                $"Log in as the user who started it first. To start over as a new device, move {folders.Data} away."
            ),
            KeyStoreStatus.Unavailable => (
                $"The key store ({kind}) does not answer.",
                "Start the desktop's keyring, then run `toss up`."
            ),
            _ => ($"What the key store ({kind}) holds is damaged.", "Restore it from a backup."),
        };
        return new ControlException(ControlErrors.KeyStore, detail is null ? message : $"{message} {detail}", hint);
    }

    /// <summary>The store that was recorded at the first start; before it, the one that the next start would take.</summary>
    public static async Task<KeyStoreChoice> ChooseAsync(
        TossFolders folders,
        DeviceMarker? marker,
        SystemRandomSource random,
        CancellationToken cancellation
    )
    {
        var asked = Environment.GetEnvironmentVariable(KeyStoreVariable) ?? "auto";
        if (!KeyStoreSelector.TryParse(asked, out var setting))
        {
            throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{KeyStoreVariable}: there is no such key store",
                "one of: auto, secret-service, passphrase-file, key-file, dpapi"
            );
        }
        var selector = new KeyStoreSelector(folders, PassphraseFromEnvironment.Read, random);
        return await selector.SelectAsync(setting, marker?.KeyStoreKind, cancellation);
    }
}
