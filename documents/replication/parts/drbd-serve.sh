# The engine drbd: who serves, and how fast the rest follows.

drbd_complete() { # volume, after drbd_state
  [[ $local_state == UpToDate ]]
}

drbd_promote() {
  local index
  for index in "${!mounts[@]}"; do
    [[ $(drbd_line "$index") != *'ro:Primary/'* ]] || continue
    said=$(drbd_admin primary "$name-$index" 2>&1) || return 1
  done
}

drbd_demote() {
  local index
  for index in "${!mounts[@]}"; do
    [[ $(drbd_line "$index") == *'ro:Primary/'* ]] || continue
    said=$(drbd_admin secondary "$name-$index" 2>&1) || return 1
  done
}

drbd_rates() {
  local index
  [[ ! -s $directory/drbd.conf ]] || drbd_configure
  for index in "${!mounts[@]}"; do
    drbd_attached "$index" || continue
    drbdsetup disk-options "${settings[minor.$index]}" --c-min-rate="${settings[minRate]}k" --c-max-rate="${settings[maxRate]}k"
  done
}
