# The engine md: who serves, and how fast the rest follows.

md_complete() { # volume, after md_state
  [[ $local_state == UpToDate ]]
}

md_promote() {
  "md_promote_$role"
}

md_rates() {
  local index base min_rate max_rate
  [[ $role == target ]] || return 0
  share_rates
  # what the keeper lets each volume have while nobody else is busy
  remember mostOfEach "$max_rate"
  for index in "${!mounts[@]}"; do
    md_running "$index" || continue
    md_sysfs "$index"
    # md refuses a least above the most of the moment
    printf 1 >"$base/sync_speed_min" && printf '%s' "$max_rate" >"$base/sync_speed_max" &&
      printf '%s' "$((min_rate > 0 ? min_rate : 1))" >"$base/sync_speed_min" || return 1
  done
}

md_join() { # seconds
  local until=$((SECONDS + $1)) index reply
  wireguard_addresses
  while :; do
    md_lock
    if ! md_ask 5 hello; then
      said='the source does not answer'
    elif [[ $reply == primary\ * ]]; then
      md_unlock
      md_state 0
      for index in "${!mounts[@]}"; do
        # it may have what nobody else has: that is not given up by itself
        [[ ! -e $directory/alone-$index ]] || { peer_role='' said='split brain: both sides were written' && return 1; }
      done
      said='the other side serves' && return 1
    elif md_connected_to "${reply#* }" || md_reconnect; then
      for index in "${!mounts[@]}"; do md_start "$index"; done
      : >"$session_run.wanted"
      md_unlock
      md_rates
      md_state 0
      return 0
    fi
    md_unlock
    ((SECONDS < until)) || break
    sleep 0.5
  done
  md_state 0
  return 1
}

md_promote_target() {
  local reply=''
  : >"$session_run.primary"
  md_ask 10 hello && [[ $reply == secondary\ * ]] && return
  rm -f "$session_run.primary"
  said="the source says ${reply:-nothing}"
  return 1
}

# What was here is worth nothing when the other side has served: it is never put together again.
md_demote() {
  local index reply leg was=no
  [[ $role == target ]] || return 0
  md_lock
  [[ ! -e $session_run.primary ]] || was=yes
  for index in "${!mounts[@]}"; do
    # far may be in step again before the keeper has seen it
    md_leg "$index" far
    [[ ,$leg, != *,in_sync,* ]] || rm -f "$directory/alone-$index"
    [[ ! -e $directory/alone-$index ]] || { md_unlock && said='what was written here alone is nowhere else' && return 1; }
  done
  rm -f "$session_run.wanted"
  for index in "${!mounts[@]}"; do
    if ! md_stop "$index"; then
      : >"$session_run.wanted"
      md_unlock
      return 1
    fi
    md_take_apart "$index"
    rm -f "$directory/tail-near-$index" "$directory/tail-far-$index"
    settings[blank.$index]=''
  done
  save_settings
  rm -f "$session_run.primary"
  md_ask 10 hello || [[ $was == no ]] || { md_unlock && said='the source was not told' && return 1; }
  md_unlock
  md_prepare
}

# Reading what was only on the source becomes an error; what is written goes to what is left. Multipath can not be replaced
# by another kind of mapping, so what lies on it is laid on another: what waits in it meanwhile is answered with an error.
md_accept_loss() {
  local index length node base tail_device
  remember lossAccepted yes
  md_keeper_stop
  [[ -d /sys/module/dm_flakey ]] || must 7 NotSupported 'can not load dm-flakey' modprobe dm-flakey
  md_attach
  md_lock
  rm -f "$session_run.wanted"
  for index in "${!mounts[@]}"; do
    length=$((sizes[index] / 512))
    if [[ ! -e $directory/alone-$index ]]; then
      mapper_exists "$name-$index-lost" || must 6 EngineFailed 'device mapper' dmsetup create "$name-$index-lost" --table "0 $length error"
      mapper_exists "$name-$index-gone" || must 6 EngineFailed 'device mapper' \
        dmsetup create "$name-$index-gone" --table "0 $length flakey /dev/mapper/$name-$index-lost 0 0 60 1 drop_writes"
      node=$(md_nbd "$index")
      [[ -z $node || ! -e /sys/class/block/$node/pid ]] || nbd-client -d "/dev/$node"
      must 6 EngineFailed 'device mapper' dmsetup message "$name-$index-path" 0 fail_if_no_path
      md_attach_loop far "$index"
      must 6 EngineFailed 'device mapper' md_table_load "$name-$index-far" "$(md_leg_table "$index" "/dev/mapper/$name-$index-gone")"
    fi
    md_start "$index"
    md_sysfs "$index"
    printf frozen >"$base/sync_action"
  done
  : >"$session_run.primary"
  md_unlock
}

# Bits of at least 256 KiB, and so large that all of them have room between data and superblock.
md_chunk() { # volume
  local chunk=256
  while ((sizes[$1] / 1024 / chunk > 500000)); do ((chunk *= 2)); done
  printf '%dK' "$chunk"
}

md_start() { # volume: the array, of what was found to be good
  local node far=/dev/mapper/$name-$1-far near=/dev/mapper/$name-$1-near legs=()
  # of one that runs a killed run, or a root volume that was full, may have noted nothing yet
  if md_running "$1"; then
    [[ ${settings[blank.$1]} != yes ]] || remember "blank.$1" no
    return 0
  fi
  node=$(md_device "$1")
  if [[ ${settings[blank.$1]} == yes ]]; then
    must 6 EngineFailed 'md makes no array' mdadm --create "$node" --run --quiet --level=1 --raid-devices=2 --metadata=1.0 \
      --bitmap=internal --bitmap-chunk="$(md_chunk "$1")" --size="$((sizes[$1] / 1024))" --assume-clean missing --write-mostly "$far" </dev/null
    remember "blank.$1" no
    return
  fi
  # one that was written alone is all that is to be believed
  [[ -e $directory/alone-$1 ]] || legs=("$far")
  mdadm --examine "$near" >/dev/null 2>&1 && legs=("$near" "${legs[@]}")
  must 6 EngineFailed 'md does not start the array' mdadm --assemble --run --quiet "$node" "${legs[@]}" </dev/null
}

md_follow() {
  local index leg
  [[ $role == target && -e $session_run.primary && ${settings[lossAccepted]} != yes ]] || return 0
  for index in "${!mounts[@]}"; do
    md_leg "$index" near
    [[ -z $leg ]] || continue
    must 6 EngineFailed "md does not take ${devices[index]}" mdadm --manage "$(md_device "$index")" --quiet --add "/dev/mapper/$name-$index-near"
  done
}

md_leave() { # volume: the array alone, for the application waits; what lies below it is taken apart by md_forget
  local failed said=''
  md_lock
  rm -f "$session_run.wanted"
  md_stop "$1"
  failed=$?
  if ((failed > 0)); then
    printf '%s\n' "$said"
    : >"$session_run.wanted"
  fi
  md_unlock
  return "$failed"
}
