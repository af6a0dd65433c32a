# The engine md: the paths from the target to the source's devices.

md_path_table() { # volume, NBD device or nothing
  local length=$((sizes[$1] / 512))
  if [[ -n $2 ]]; then
    printf '0 %d multipath 3 queue_if_no_path queue_mode bio 0 1 1 round-robin 0 1 1 %s 1' "$length" "$2"
  else
    printf '0 %d multipath 3 queue_if_no_path queue_mode bio 0 0 0' "$length"
  fi
}

md_nbd() { # volume: the NBD device that its path lies on, or nothing
  [[ $(dmsetup deps --options devname "$name-$1-path" 2>/dev/null) =~ \((nbd[0-9]+)\) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# Puts another table below what is in use. Nothing is waited for: what is on its way through multipath comes back and waits.
md_table_load() { # mapping, table
  dmsetup suspend --noflush --nolockfs "$1" && printf '%s\n' "$2" | dmsetup load "$1" && dmsetup resume --noudevsync "$1" && return
  dmsetup resume --noudevsync "$1"
  return 1
}

md_nbd_connect() { # volume: sets nbd; false with said
  local path
  for path in /sys/class/block/nbd*; do
    [[ ! -e $path/pid && -z $(ls "$path/holders") ]] || continue
    nbd=/dev/${path##*/}
    # not a second is lost by what is below multipath: after these seconds without an answer the path is given up
    said=$(timeout 15 nbd-client -N "$1" -b "${block_sizes[$1]}" -t 20 "$peer_address" $((settings[port] + 1)) "$nbd" 2>&1) || return
    (($(blockdev --getsize64 "$nbd") == sizes[$1])) && return
    said="the source offers $(blockdev --getsize64 "$nbd") bytes instead of ${sizes[$1]}"
    nbd-client -d "$nbd"
    return 1
  done
  said='no NBD device is free' && return 1
}

# All volumes anew, for the source begins anew with all. False with said.
md_reconnect() {
  local index node nbd nodes=()
  wireguard_addresses
  md_ask 30 attach || { said='the source does not answer' && return 1; }
  [[ $reply == secondary\ [0-9]* ]] || { said="the source says $reply" && return 1; }
  rm -f "$session_run.paths"
  for index in "${!mounts[@]}"; do
    node=$(md_nbd "$index")
    # what is under way there is given back, and waits
    [[ -z $node || ! -e /sys/class/block/$node/pid ]] || nbd-client -d "/dev/$node"
  done
  for index in "${!mounts[@]}"; do
    # finalize may be between two volumes
    mapper_exists "$name-$index-path" || { nodes+=(-) && continue; }
    md_nbd_connect "$index" || return 1
    md_table_load "$name-$index-path" "$(md_path_table "$index" "$nbd")" || { said='device mapper does not take the path' && return 1; }
    nodes+=("${nbd#/dev/}")
  done
  printf '%s\n' "${reply#* } ${nodes[*]}" >"$session_run.paths"
}

md_connected_to() { # generation: whether all paths lead to what the source serves now
  local index paths=() told
  [[ ! -r $session_run.paths ]] || read -ra paths <"$session_run.paths"
  [[ ${paths[0]} == "$1" && $1 != - ]] || return 1
  for index in "${!mounts[@]}"; do
    [[ ${paths[index + 1]} != - ]] || continue
    [[ -e /sys/class/block/${paths[index + 1]}/pid ]] || return 1
    told=$(dmsetup status --noflush "$name-$index-path" 2>/dev/null)
    [[ -z $told || $told =~ [0-9]+:[0-9]+\ A\  ]] || return 1
  done
}

# The source is gone and nothing is missing here: so the application does not wait for it. What is written from now on is
# noted by md, and goes to the source when that is back.
md_go_alone() { # volume
  local node base
  md_sysfs "$1"
  write "$directory/alone-$1" yes
  printf faulty >"$base/rd1/state"
  dmsetup message "$name-$1-path" 0 fail_if_no_path
  node=$(md_nbd "$1")
  [[ -z $node || ! -e /sys/class/block/$node/pid ]] || nbd-client -d "/dev/$node"
}

md_rejoin() { # volume: far follows again
  local node=/dev/mapper/$name-$1-far leg
  md_leg "$1" far
  case $leg in
    *faulty*) mdadm --manage "$(md_device "$1")" --quiet --remove "$node" && md_rejoin "$1" ;;
    '') mdadm --manage "$(md_device "$1")" --quiet --re-add --write-mostly "$node" ||
      mdadm --manage "$(md_device "$1")" --quiet --add --write-mostly "$node" ;;
    *in_sync*) rm -f "$directory/alone-$1" ;;
  esac
}
