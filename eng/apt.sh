# Sourced by the scripts of this repository. apt_need PACKAGE…: installs what is missing of these, and only that.

apt_need() {
    command -v dpkg-query >/dev/null 2>&1 || return 0 # not Debian: whoever needs the tool says so

    local missing=() package
    for package in "$@"; do
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    if [ "$(id -u)" -ne 0 ]; then
        echo "Missing: ${missing[*]}. Install with: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
        return 1
    fi

    echo "Installing ${missing[*]} (apt)" >&2
    local try
    for try in 1 2 3; do
        # Another apt may hold the lock for minutes; a list may be old: so wait, and refresh before each further try.
        if DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=500 -qq install -y \
            --no-install-recommends "${missing[@]}" >&2; then
            return 0
        fi
        [ "$try" -eq 3 ] || apt-get -o DPkg::Lock::Timeout=500 -qq update >&2 || true
    done
    echo "Could not install ${missing[*]}" >&2
    return 1
}
