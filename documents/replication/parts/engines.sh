# What each engine needs of a host, and what this host has of it.

drbd_needs() {
  printf '%s\n' 'module drbd' 'module loop' 'module dm-zero' 'command drbdadm drbd-utils' 'command drbdsetup drbd-utils' 'command drbdmeta drbd-utils'
}

drbd_version() {
  if [[ -r /sys/module/drbd/version ]]; then cat /sys/module/drbd/version; else modinfo --field version drbd 2>/dev/null; fi
}

drbd_supported() { # version: 9 has other commands and other metadata
  [[ $1 == 8.4.* ]]
}

md_needs() {
  printf 'module %s\n' nbd raid1 loop dm-multipath dm-round-robin dm-flakey
  printf '%s\n' 'command mdadm mdadm' 'command nbd-client nbd-client nbd' 'command nbd-server nbd-server nbd' \
    'command systemd-socket-activate systemd' 'command udevadm udev systemd-udev'
}

md_version() {
  local said
  said=$(mdadm --version 2>&1) && [[ $said =~ v([0-9][0-9.]*) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

md_supported() { # version; nbd-client 3.27.0 and 3.27.1 take no path of a device
  [[ $1 == 4.* && ! $(nbd-client -V 2>&1) =~ version\ 3\.27(\.[01])?($|[^.0-9]) ]]
}

# The limits are the session's: the volumes that are still copied, or compared, share them.
share_rates() { # sets min_rate and max_rate, of each volume, in KiB/s
  local index left=0
  for index in "${!mounts[@]}"; do
    engine_call state "$index"
    ((bytes_left == 0)) && [[ $state != verifying ]] || ((left += 1))
  done
  ((left > 0)) || left=1
  min_rate=$((settings[minRate] / left)) max_rate=$((settings[maxRate] / left))
  ((max_rate > 0)) || max_rate=1
}

engine_json() { # engine: what inspect tells of it; first_engine: whether a better one can be had
  local version='' missing=() packages=() unpackaged=() can=false
  if ! declare -F "${1}_needs" >/dev/null; then
    printf '{"available":false,"version":null,"missing":["engine %s in these scripts"],"installable":false}' "$1"
    return
  fi
  find_missing < <("${1}_needs")
  version=$("${1}_version")
  # to ask a package manager may take two minutes: not for the second where the first can be had
  if ((${#missing[@]} > 0 && ${#packages[@]} > 0 && ${#unpackaged[@]} == 0)) && [[ ${first_engine:-no} == no ]]; then
    installable "${packages[@]}" && can=true
  fi
  if ((${#missing[@]} == 0)) && ! "${1}_supported" "$version"; then
    missing=("another version than $version")
  fi
  printf '{"available":%s,"version":%s,"missing":%s,"installable":%s}' "$(truth test ${#missing[@]} = 0)" \
    "$(quote_or_null "$version")" "$(list "${missing[@]}")" "$can"
}
