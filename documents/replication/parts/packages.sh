# What a host has of what replication needs, and what its package manager could add.

package_manager() {
  local name
  for name in apt-get dnf yum; do
    [[ -z $(command -v "$name") ]] || { printf '%s' "${name%-get}" && return; }
  done
}

# Lines of needs: "module NAME" or "command NAME PACKAGE [PACKAGE of dnf and yum]".
base_needs() {
  printf 'command %s\n' 'blockdev util-linux' 'dmsetup dmsetup device-mapper' 'findmnt util-linux' 'flock util-linux' 'losetup util-linux' \
    'lsblk util-linux' 'wipefs util-linux' 'ip iproute2 iproute' 'modprobe kmod' 'systemctl systemd' 'systemd-run systemd' 'gzip gzip' 'timeout coreutils'
  printf 'module dm-mod\n'
}

layout_needs() { # layout
  case $1 in
    lvm) printf 'command %s lvm2\n' pvcreate vgcreate lvcreate vgchange ;;
    raid0) printf 'command mdadm mdadm\nmodule raid0\n' ;;
  esac
}

has_module() { # name: loaded, built in, or loadable
  [[ -d /sys/module/${1//-/_} ]] || modprobe -qn "$1" 2>/dev/null
}

# Of the needs on standard input, sets missing (what the user reads), packages (what might bring it) and unpackaged (what
# none is known to bring: the modules of dnf and yum belong to the kernel).
find_missing() {
  local kind name package other
  missing=() packages=() unpackaged=()
  while read -r kind name package other; do
    case $kind in
      module)
        has_module "$name" && continue
        missing+=("module $name")
        [[ $manager == apt ]] && packages+=("linux-modules-extra-$(uname -r)") || unpackaged+=("$name")
        ;;
      command)
        [[ -n $(command -v "$name") ]] && continue
        missing+=("command $name")
        [[ $manager == apt ]] && packages+=("$package") || packages+=("${other:-$package}")
        ;;
    esac
  done
  # shellcheck disable=SC2207 # names of packages hold no blanks
  packages=($(printf '%s\n' "${packages[@]}" | sort -u))
}

installable() { # packages: whether the package manager knows them all
  local each
  (($# > 0)) || return 1
  case $manager in
    apt)
      # images come without lists
      compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || timeout 120 apt-get --quiet update >/dev/null 2>&1
      # of several it is content with one
      for each in "$@"; do timeout 30 apt-cache --quiet=0 show --no-all-versions "$each" >/dev/null 2>&1 || return 1; done
      ;;
    dnf | yum) (($(timeout 60 "$manager" --quiet --cacheonly list "$@" 2>/dev/null | grep -c '^[a-z]') >= $#)) ||
      (($(timeout 150 "$manager" --quiet list "$@" 2>/dev/null | grep -c '^[a-z]') >= $#)) ;;
    *) return 1 ;;
  esac
}

install() { # packages
  case $manager in
    apt)
      timeout 300 apt-get --quiet update || true
      # it would restart services of the host that have nothing to do with this
      NEEDRESTART_SUSPEND=1 DEBIAN_FRONTEND=noninteractive timeout 600 apt-get --quiet --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=120 install "$@"
      ;;
    dnf | yum) timeout 600 "$manager" --quiet --assumeyes install "$@" ;;
    *) return 1 ;;
  esac
}

# Sees to it that what the needs on standard input name is there. Sets installed.
provide() {
  local needs
  needs=$(cat)
  manager=$(package_manager)
  installed=()
  find_missing < <(printf '%s\n' "$needs")
  ((${#missing[@]} == 0)) && return
  if [[ $SSM_InstallPackages == yes && ${#packages[@]} -gt 0 ]]; then
    install "${packages[@]}" || true
    installed=("${packages[@]}")
    hash -r
    find_missing < <(printf '%s\n' "$needs")
  fi
  ((${#missing[@]} == 0)) || fail 7 NotSupported "this host lacks ${missing[*]}" "\"missing\":$(list "${missing[@]}")"
}
