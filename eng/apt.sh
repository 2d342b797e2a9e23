# Sourced by ./test and by scripts that need Debian packages.

# apt_need PACKAGE…: installs those that are not there yet. Fails with a clear line when it cannot.
apt_need() {
  local package try missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed$' || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0

  if [[ $(id -u) != 0 ]]; then
    echo "These Debian packages are missing; please run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi

  # Another process may hold apt's lock, and a mirror may hiccup: wait for the first, repeat for the second.
  # Recommended packages are left out: some pull half a desktop in.
  local options=(-o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends)
  for try in 1 2 3; do
    if [[ -z ${apt_lists_are_fresh:-} ]]; then
      apt-get -o DPkg::Lock::Timeout=300 -qq update && apt_lists_are_fresh=yes
    fi
    if DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "${missing[@]}" </dev/null; then
      return 0
    fi
    echo "apt-get failed (try $try of 3)" >&2
    apt_lists_are_fresh=
    sleep 5
  done
  echo "Could not install: ${missing[*]}" >&2
  exit 1
}
