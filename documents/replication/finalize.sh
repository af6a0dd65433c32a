#!/usr/bin/env bash
#
# Takes the engine from under the mounted filesystem, on the side that serves, and leaves the plain device.
#
# Nothing is unmounted and no service is stopped: what the application asks for in between waits. After a reboot the
# plain device is mounted under the same path by its own name.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#
# Prints one line of JSON:
#   {"session", "phase": "finalized", "silentMillis": the longest time in which a device did not answer,
#    "volumes": [{"mountPoint", "device"}]}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  6 EngineFailed  8 WrongState (not synchronised, not verified, does not serve)  10 AgentTooOld
#
# May be sent again, also where a run was interrupted.

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
# part: engine-target.sh
# part: engine-serve.sh
# part: layouts.sh
# part: leaving.sh
# part: hot-files.sh

finalized_answer() {
  local index volumes=''
  for index in "${!mounts[@]}"; do
    volumes+="${volumes:+,}{\"mountPoint\":$(quote "${mounts[index]}"),\"device\":$(quote "${devices[index]}")}"
  done
  answer "{\"session\":\"$SSM_Session\",\"phase\":\"finalized\",\"silentMillis\":${settings[silentMillis]:-0},\"volumes\":[$volumes]}"
}

# Where the services were handed over, the other side's copy was compared; who fell back needs no other side.
check_complete() {
  local index
  for index in "${!mounts[@]}"; do
    is_mounted "${mounts[index]}" || fail 8 WrongState "${mounts[index]} does not serve here"
    [[ ${settings[lossAccepted]} != yes ]] || continue
    engine_call state "$index"
    engine_call complete "$index" || fail 8 WrongState "${mounts[index]} is not yet synchronised: $bytes_left bytes are missing here"
    [[ $role == target ]] || continue
    [[ $state != verifying ]] || fail 8 WrongState "${mounts[index]} is still being verified"
    [[ ${settings[verified]} == 0 ]] || fail 8 WrongState "the blocks of the two sides were not verified, or differ in ${settings[verified]:-unknown} bytes"
  done
}

begin
declared Session
check_session
lock
load_session
case $(phase) in
  finalized) finalized_answer ;;
  finalizing) ;;
  switched | fallen-back)
    [[ $role/$(phase) != source/switched && $role/$(phase) != target/fallen-back ]] || fail 8 WrongState 'the other side serves'
    check_complete
    warm_end
    for mount in "${mounts[@]}"; do sync --file-system "$mount" 2>/dev/null || sync; done
    set_phase finalizing
    ;;
  *) fail 8 WrongState "the session is $(phase)" ;;
esac
# half-way through, the devices wait: the end of the command must not come then
trap '' HUP INT TERM
silent=0 plain=no
for index in "${!mounts[@]}"; do
  said=''
  if ! mapper_exists "$name-$index" || mapper_lies_on "$index" "${devices[index]}"; then
    plain=yes
    continue
  fi
  # its device may have failed since it was looked at, and has not what was written after that; an engine that has left tells nothing
  engine_call state "$index"
  [[ ${settings[lossAccepted]} == yes || -z $local_state ]] || engine_call complete "$index" || said="its device has failed here ($local_state)"
  if [[ -n $said ]] || ! mapper_swap "$index" "${devices[index]}" engine_call leave "$index"; then
    # of what one has written since its engine left the other side knows nothing: then it only goes on from here
    [[ $plain == yes ]] || set_phase "$([[ $role == target ]] && printf switched || printf fallen-back)"
    fail 6 EngineFailed "the engine does not leave ${mounts[index]}: $said"
  fi
  plain=yes
  ((silent <= ${settings[silentMillis]:-0})) || settings[silentMillis]=$silent
done
save_settings
finish_finalize
finalized_answer
