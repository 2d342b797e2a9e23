using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Platform.Hosting;
using Toss.Platform.KeyStores.SecretService;
using Toss.Platform.KeyStores.Windows;

namespace Toss.Platform.KeyStores;

/// <summary>
/// Where an instance keeps its keys. Chosen once: the caller records <see cref="IKeyStore.Kind"/> and passes it in at every
/// later start. Without that, a keyring that is late at one start would make the agent look elsewhere, find nothing, and
/// take itself for a new device.
/// </summary>
public sealed class KeyStoreSelector(TossFolders folders, PassphraseSource passphrase, IRandomSource random)
{
    /// <summary>
    /// The first time: what the setting names. <see cref="KeyStoreSetting.Auto"/> is the desktop's keyring if there is one
    /// (a locked one counts: its owner can unlock it), on Windows its data protection, else, and on macOS, a key file. Later: what was recorded, whatever the setting says.
    /// Throws <see cref="PlatformException"/> for a record this version does not know, and for a store of another system.
    /// </summary>
    public async ValueTask<KeyStoreChoice> SelectAsync(
        KeyStoreSetting setting,
        string? recorded,
        CancellationToken cancellation
    )
    {
        if (recorded is not null)
        {
            return TryParse(recorded, out var known) && known != KeyStoreSetting.Auto
                ? new(Create(known), IsNew: false, "This device's keys are there.")
                : throw new PlatformException(
                    PlatformFailure.UnknownKeyStore,
                    "The keys of this device are in a kind of store that this version does not know."
                );
        }
        if (setting != KeyStoreSetting.Auto)
        {
            return new(Create(setting), IsNew: true, "It was asked for.");
        }
        if (OperatingSystem.IsWindows())
        {
            return new(Create(KeyStoreSetting.Dpapi), IsNew: true, "Windows keeps the key that opens it.");
        }
        if (OperatingSystem.IsMacOS())
        {
            // Not asked for a keyring: a library that happens to be there would start a bus for nobody.
            return new(
                Create(KeyStoreSetting.KeyFile),
                IsNew: true,
                "The keychain of macOS is not used yet; the key is in a file."
            );
        }
        var keyring = new SecretServiceKeyStore(folders.Instance);
        if (await keyring.ProbeAsync(cancellation) is KeyStoreStatus.Ok or KeyStoreStatus.Locked)
        {
            return new(keyring, IsNew: true, "The desktop has a keyring.");
        }
        keyring.Dispose();
        return new(Create(KeyStoreSetting.KeyFile), IsNew: true, "There is no keyring here; the key is in a file.");
    }

    /// <summary>The words of the setting and of the record: `auto`, and each store's kind.</summary>
    public static bool TryParse(string text, out KeyStoreSetting setting)
    {
        (setting, var known) = text switch
        {
            "auto" => (KeyStoreSetting.Auto, true),
            SecretServiceKeyStore.Name => (KeyStoreSetting.SecretService, true),
            PassphraseFileKeyStore.Name => (KeyStoreSetting.PassphraseFile, true),
            KeyFileKeyStore.Name => (KeyStoreSetting.KeyFile, true),
            DpapiFileFormat.Kind => (KeyStoreSetting.Dpapi, true),
            _ => (KeyStoreSetting.Auto, false),
        };
        return known;
    }

    private IKeyStore Create(KeyStoreSetting setting)
    {
        var keys = Path.Combine(folders.Data, "keys");
        return setting switch
        {
            KeyStoreSetting.SecretService => new SecretServiceKeyStore(folders.Instance),
            KeyStoreSetting.PassphraseFile => new PassphraseFileKeyStore(keys, passphrase, random),
            KeyStoreSetting.Dpapi when OperatingSystem.IsWindows() => new DpapiKeyStore(keys),
            KeyStoreSetting.Dpapi => throw new PlatformException(
                PlatformFailure.UnknownKeyStore,
                "The key store dpapi is part of Windows."
            ),
            _ => new KeyFileKeyStore(keys),
        };
    }
}

/// <summary>The store, whether it was chosen just now (then record its kind), and why, for `toss status`.</summary>
public sealed record KeyStoreChoice(IKeyStore Store, bool IsNew, string Reason);

public enum KeyStoreSetting
{
    Auto,
    SecretService,
    PassphraseFile,
    KeyFile,
    Dpapi,
}
