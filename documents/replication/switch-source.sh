#!/usr/bin/env bash
#
# Stops the services, unmounts, and offers the blocks to the other host. The pause begins here. After a pre-copy the other
# host has most blocks, or all.
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
#   7 NotSupported  8 WrongState  9 PeerUnreachable  10 AgentTooOld  13 ServiceFailed
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
# part: offering.sh
# part: leaving.sh
# part: boot.sh
# part: hot-files.sh

switched_answer() {
  local hot=''
  [[ ! -r $directory/hot-files.sent ]] || hot=$(<"$directory/hot-files.sent")
  read -ra stopped < <(printf '%s\n' "${settings[stopped]}")
  answer "{\"session\":\"$SSM_Session\",\"phase\":\"switched\",\"stoppedServices\":$(list "${stopped[@]}"),\
\"pausedAt\":$(quote "${settings[pausedAt]}"),\"hotFiles\":$(quote "$hot"),\
\"clockSynchronized\":${settings[clock]},\"volumes\":$(volumes_json '')}"
}

note_hot_files() {
  write "$directory/hot-files.sent" "$(hot_files_encoded)"
}

# After a pre-copy the engine has the data already: it only changes who serves. What the target still lacks follows.
hand_over() {
  local index said=''
  wireguard_up
  engine_call up
  for index in "${!mounts[@]}"; do
    engine_call state "$index"
    [[ $connected == yes ]] || fail 9 PeerUnreachable "the target is not connected: ${mounts[index]} can not be handed over"
  done
  if [[ -e $serving_flag ]] || all_mounted; then
    settings[clock]=$(clock_synchronized)
    write_out
    end_serving
    remember pausedAt "$paused_at"
  fi
  engine_call demote || fail 6 EngineFailed "does not give up: $said"
}

begin
declared Session
check_session
lock
load_session
[[ $role == source ]] || fail 8 WrongState 'this host is the target of the session'
case $(phase) in
  prepared | switching)
    [[ $(phase) == switching ]] || note_hot_files
    offer
    # from here on the other side may serve: nothing takes this back but fall-back
    on_failure=
    set_phase switched
    ;;
  mirrored)
    note_hot_files
    hand_over
    set_phase switched
    ;;
  switched) engine_call up ;;
  *) fail 8 WrongState "the session is $(phase)" ;;
esac
engine_call connect
switched_answer
