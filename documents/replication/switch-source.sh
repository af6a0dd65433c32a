#!/usr/bin/env bash
#
# Stops the services, unmounts, and offers the blocks to the other host. The pause begins here.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#
# Prints one line of JSON:
#   {"session", "phase": "switched", "stoppedServices": [name], "pausedAt": the first service was told to stop,
#    "hotFiles": base64 for switch-target, "clockSynchronized": true | false | null,
#    "volumes": [{"index", "mountPoint", "device", "bytes"}]}
# or {"error", "message", ...} and one of these exit statuses; the services then run as before:
#   2 InvalidParameter  4 NotFound  5 Busy ("mountPoint", "holders": [{"pid", "command", "unit"}])  6 EngineFailed
#   8 WrongState        9 PeerUnreachable  10 AgentTooOld  13 ServiceFailed
#
# May be sent again: what an interrupted run began is gone on with, and a second answer is the first.

# part: answer.sh
# part: parameters.sh
# part: session.sh
# part: devices.sh
# part: wireguard.sh
# part: services.sh
# part: mounts.sh
# part: mapper.sh
# part: engines.sh
# part: engine.sh
# part: engine-source.sh
# part: engine-serve.sh
# part: layouts.sh
# part: serving.sh
# part: switching.sh
# part: leaving.sh
# part: boot.sh
# part: hot-files.sh

switched_answer() {
  local hot=''
  [[ ! -r $directory/hot-files.sent ]] || hot=$(<"$directory/hot-files.sent")
  read -ra stopped <<<"${settings[stopped]}"
  answer "{\"session\":\"$SSM_Session\",\"phase\":\"switched\",\"stoppedServices\":$(list "${stopped[@]}"),\
\"pausedAt\":$(quote "${settings[pausedAt]}"),\"hotFiles\":$(quote "$hot"),\
\"clockSynchronized\":${settings[clock]},\"volumes\":$(volumes_json '')}"
}

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
  await_peer 10 || fail 9 PeerUnreachable "$peer_address does not answer on port ${settings[port]}"
}

# Fills the memory of the disks before the pause, so that the pause does not wait for it.
write_out() {
  local mount
  for mount in "${mounts[@]}"; do sync --file-system "$mount" 2>/dev/null || sync; done
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

begin
declared Session
check_session
lock
load_session
[[ $role == source ]] || fail 8 WrongState 'this host is the target of the session'
case $(phase) in
  prepared)
    check_before
    write "$directory/hot-files.sent" "$(hot_files_encoded)"
    stopped=()
    settings[gated]=no settings[pausedAt]=''
    save_settings
    set_phase switching
    on_failure=refused
    close_gate
    ;;
  switching)
    wireguard_up
    on_failure=refused
    read -ra stopped <<<"${settings[stopped]}"
    # it may have been interrupted before the gate was there
    [[ ${settings[gated]} == yes ]] || close_gate
    ;;
  switched)
    engine_call up
    switched_answer
    ;;
  *) fail 8 WrongState "the session is $(phase)" ;;
esac
stop_and_unmount
engine_call offer
# from here on the other side may serve: nothing takes this back but fall-back
on_failure=
set_phase switched
engine_call connect
switched_answer
