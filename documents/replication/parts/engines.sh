# What each engine needs of a host, and what this host has of it.

drbd_needs() {
  printf '%s\n' 'module drbd' 'module loop' 'command drbdadm drbd-utils' 'command drbdsetup drbd-utils' 'command drbdmeta drbd-utils'
}

drbd_version() {
  if [[ -r /sys/module/drbd/version ]]; then cat /sys/module/drbd/version; else modinfo --field version drbd 2>/dev/null; fi
}

drbd_supported() { # version: 9 has other commands and other metadata
  [[ $1 == 8.4.* ]]
}

engine_json() { # engine: what inspect tells of it
  local version='' missing=() packages=() can=false
  if ! declare -F "${1}_needs" >/dev/null; then
    printf '{"available":false,"version":null,"missing":["engine %s in these scripts"],"installable":false}' "$1"
    return
  fi
  find_missing < <("${1}_needs")
  version=$("${1}_version")
  [[ ${#missing[@]} -gt 0 && ${#packages[@]} -gt 0 ]] && installable "${packages[@]}" && can=true
  if ((${#missing[@]} == 0)) && ! "${1}_supported" "$version"; then
    missing=("another version than $version")
  fi
  printf '{"available":%s,"version":%s,"missing":%s,"installable":%s}' "$(truth test ${#missing[@]} = 0)" \
    "$(quote_or_null "$version")" "$(list "${missing[@]}")" "$can"
}
