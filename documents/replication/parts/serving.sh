# Beginning and ending to serve: mappings, mounts and services, above an engine that is promoted.

begin_serving() { # false with said; may be repeated
  local index
  for index in $(by_height); do
    is_mounted "${mounts[index]}" && continue
    mapper_up "$index" "$(engine_call device "$index")"
    mount_volume "$index" "$(mapper_device "$index")" || return 1
  done
  # services that start beside their mount would begin anew
  all_mounted || { said='not all is mounted' && return 1; }
  mkdir -p "$running"
  : >"$serving_flag"
}

# The source serves through the engine, and says so before the other side can ask.
serve_here() { # the services to start
  local index said='' failed=()
  for index in "${!mounts[@]}"; do assemble_layout "$index"; done
  engine_call attach
  engine_call promote || fail 6 EngineFailed "can not serve: $said"
  engine_call connect
  begin_serving || fail 6 EngineFailed "can not mount: $said"
  start_services "$@" || fail 13 ServiceFailed "does not start: ${failed[*]}: $said" "\"services\":$(services_json)"
}

# The same for what ran before: what did not run when the copy ahead began does not run because of it.
serve_again() {
  local ran=()
  read -ra ran < <(printf '%s\n' "${settings[stopped]}")
  serve_here "${ran[@]}"
}

# Stops the services and unmounts; where the unmount is refused the services run again and the answer is Busy.
end_serving() {
  local index said='' holding='' stopped=() numbers=()
  for index in "${!mounts[@]}"; do numbers[index]=$(mount_field "${mounts[index]}" MAJ:MIN); done
  paused_at=$(now)
  rm -f "$serving_flag"
  if ! stop_services; then
    : >"$serving_flag"
    start_services "${stopped[@]}"
    fail 13 ServiceFailed "$said"
  fi
  if ! unmount_all; then
    holding="\"mountPoint\":$(quote "$holding"),\"holders\":$(holders_json "$holding")"
    begin_serving && start_services "${stopped[@]}"
    fail 5 Busy "$said" "$holding"
  fi
  for index in "${!mounts[@]}"; do
    mapper_down "$index" && continue
    # as where the unmount is refused: a filesystem lives on where another mount namespace has it
    holding="\"mountPoint\":$(quote "${mounts[index]}"),\"holders\":$(namespaces_json "${numbers[index]}")"
    begin_serving && start_services "${stopped[@]}"
    fail 5 Busy "${mounts[index]} is still mounted in another mount namespace" "$holding"
  done
}

# Begins to serve where the engine lets it. False with said where the other side must be there first, or serves itself.
take_over() { # seconds to wait for the other side
  local index
  if ! all_mounted || [[ ! -e $serving_flag ]]; then
    engine_call join "$1" || return 1
    for index in "${!mounts[@]}"; do
      engine_call state "$index"
      [[ $peer_role != primary ]] || { said='the other side serves' && return 1; }
    done
    engine_call promote || return 1
    begin_serving || return 1
  fi
  set_phase switched
}
