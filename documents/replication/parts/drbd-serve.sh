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

# On its way at a time is what it brings in a hundredth of a second: a read of a block that is not here yet waits behind
# that. With less than 256 KiB the synchronisation has pauses; and it is by a fifth of this that DRBD asks for more each
# tenth of a second, which from 10 MB/s to 600 would take it two minutes with 256 KiB.
drbd_fill() { # after drbd_state: in KiB
  local fill=$((rate / 102400))
  ((fill >= 256)) || fill=256
  ((fill <= 4096)) || fill=4096
  printf '%d' "$fill"
}

drbd_rates() {
  local index min_rate max_rate
  [[ ! -s $directory/drbd.conf ]] || drbd_configure
  share_rates
  for index in "${!mounts[@]}"; do
    drbd_has_disk "$index" || continue
    drbd_state "$index"
    drbdsetup disk-options "${settings[minor.$index]}" --c-min-rate="${min_rate}k" --c-max-rate="$(drbd_most "$max_rate")k" \
      --c-fill-target="$(drbd_fill)k"
  done
}
