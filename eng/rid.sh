# Sourced by the scripts of this repository. native_rid: what .NET calls this machine, one of those that Toss is compiled for.

native_rid() {
    case $(uname -m) in
        aarch64) echo linux-arm64 ;;
        *) echo linux-x64 ;;
    esac
}
