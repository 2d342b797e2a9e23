namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// Interfaces and opcodes of the Wayland protocol that a clipboard needs: wayland.xml, ext-data-control-v1.xml and
/// wlr-data-control-unstable-v1.xml. The last two differ in names only; primary selection is there in ext, and in wlr from
/// version 2 on.
/// </summary>
internal static class WaylandProtocol
{
    public const string ExtManager = "ext_data_control_manager_v1";
    public const string WlrManager = "zwlr_data_control_manager_v1";
    public const string Seat = "wl_seat";

    /// <summary>The display's own object.</summary>
    public const uint Display = 1;

    /// <summary>Ids from here on are the compositor's.</summary>
    public const uint FirstServerId = 0xff00_0000;

    /// <summary>Object and opcode with size, two words.</summary>
    public const int HeaderSize = 8;

    // Requests.
    public const ushort DisplaySync = 0;
    public const ushort DisplayGetRegistry = 1;
    public const ushort RegistryBind = 0;
    public const ushort ManagerCreateSource = 0;
    public const ushort ManagerGetDevice = 1;
    public const ushort DeviceSetSelection = 0;
    public const ushort DeviceDestroy = 1;
    public const ushort SourceOffer = 0;
    public const ushort SourceDestroy = 1;
    public const ushort OfferReceive = 0;
    public const ushort OfferDestroy = 1;

    // Events.
    public const ushort DisplayError = 0;
    public const ushort DisplayDeleteId = 1;
    public const ushort RegistryGlobal = 0;
    public const ushort RegistryGlobalRemove = 1;
    public const ushort CallbackDone = 0;
    public const ushort DeviceDataOffer = 0;
    public const ushort DeviceSelection = 1;
    public const ushort DeviceFinished = 2;
    public const ushort DevicePrimarySelection = 3;
    public const ushort SourceSend = 0;
    public const ushort SourceCancelled = 1;
    public const ushort OfferOffer = 0;
}
