# The source before its first switch: stops what uses the data, and puts the engine in the place of the plain device.
#
# Whatever goes wrong until the engine holds the data is taken back by undo_switch: the plain device serves on.

check_before() { # everything that can be known before the first change
  local index
  check_loaded "${services[@]}"
  for index in "${!mounts[@]}"; do
    is_mounted "${mounts[index]}" || fail 4 NotFound "nothing is mounted on ${mounts[index]}"
    [[ $(stable_name "$(plain_device "$(mount_field "${mounts[index]}" SOURCE)")") == "${devices[index]}" ]] ||
      fail 8 WrongState "${mounts[index]} does not lie on ${devices[index]} any more"
  done
  engine_call prepare
  wireguard_up
  engine_call ahead
  await_peer 10 || fail 9 PeerUnreachable "$peer_address does not answer on port ${settings[port]}"
}

close_gate() { # while the services still run
  local each
  stopped=()
  for each in "${services[@]}"; do
    case $(active_state "$each") in active | activating | reloading) stopped+=("$each") ;; esac
  done
  settings[stopped]=${stopped[*]}
  settings[clock]=$(clock_synchronized)
  save_settings
  mkdir -p "$running"
  : >"$serving_flag"
  write_boot_unit
  gate
  fstab_hide
  reload_units
  write_out
  remember gated yes
}

refused() { # on_failure: whatever went wrong, the source serves on
  undo_switch
}

stop_and_unmount() {
  local index said='' holding='' holders numbers=() nodes=()
  for index in "${!mounts[@]}"; do
    is_mounted "${mounts[index]}" || continue
    numbers[index]=$(mount_field "${mounts[index]}" MAJ:MIN)
    nodes[index]=$(basename "$(readlink -f "$(mount_field "${mounts[index]}" SOURCE)")")
  done
  [[ -n ${settings[pausedAt]} ]] || remember pausedAt "$(now)"
  rm -f "$serving_flag"
  stop_services || fail 13 ServiceFailed "$said"
  if ! unmount_all; then
    holders="\"mountPoint\":$(quote "$holding"),\"holders\":$(holders_json "$holding")"
    fail 5 Busy "$said" "$holders"
  fi
  for index in "${!nodes[@]}"; do
    if outlives_unmount "${nodes[index]}" "${fstypes[index]}"; then
      fail 5 Busy "${mounts[index]} is still mounted in another mount namespace" \
        "\"mountPoint\":$(quote "${mounts[index]}"),\"holders\":$(namespaces_json "${numbers[index]}")"
    fi
  done
  for index in "${!mounts[@]}"; do
    engine_call attached "$index" && continue
    mapper_remove_old "${devices[index]}"
    must 6 EngineFailed 'can not flush the device' blockdev --flushbufs "${devices[index]}"
  done
}

# From a source that is prepared, or where an interrupted run has left it, to an engine that holds the data. The services
# are stopped then, and on_failure still takes all of it back.
offer() {
  if [[ $(phase) == prepared ]]; then
    check_before
    stopped=()
    settings[gated]=no settings[pausedAt]=''
    save_settings
    set_phase switching
    on_failure=refused
    close_gate
  else
    wireguard_up
    on_failure=refused
    read -ra stopped < <(printf '%s\n' "${settings[stopped]}")
    # it may have been interrupted before the gate was there
    [[ ${settings[gated]} == yes ]] || close_gate
  fi
  stop_and_unmount
  engine_call offer
}
