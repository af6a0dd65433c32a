#!/usr/bin/env bash
#
# Hands the services back to the host they came from, with all that was written since: first on the target, if it lives,
# then on the source.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#   PeerLost  yes, on the source: the target is known to be gone for good. Without it the source takes over only when it
#             sees that the target has given up.
#
# Prints one line of JSON:
#   {"session", "phase": "fallen-back", "serving", "volumes": [{"index", "mountPoint", "device", "bytes"}],
#    "pausedAt": on the target, the first service was told to stop, or null,
#    "clockSynchronized": true | false | null}
#   On a source that never switched the phase is "preparing": everything is as it was before.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  5 Busy ("mountPoint", "holders")  6 EngineFailed
#   8 WrongState        the other side serves, or the blocks here are not all there are
#   9 PeerUnreachable   10 AgentTooOld  13 ServiceFailed
#
# May be sent again.

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
# part: serving.sh
# part: switching.sh
# part: hot-files.sh

fallen_back_answer() {
  answer "{\"session\":\"$SSM_Session\",\"phase\":\"$(phase)\",\"serving\":$(truth all_mounted),\"volumes\":$(volumes_json ''),\
\"pausedAt\":$(quote_or_null "${settings[pausedBackAt]}"),\"clockSynchronized\":$(clock_synchronized)}"
}

# The source must be there to take over; a target that is alone may have writes that nobody else has.
leave_target() {
  local index said='' serves
  serves=$(truth all_mounted)
  [[ ! -e $serving_flag ]] || serves=true
  # after a reboot it waits for its source: who gives up before that is there leaves nobody who would go on by itself
  if [[ $serves == true || $(phase) == switched ]]; then
    for index in "${!mounts[@]}"; do
      engine_call state "$index"
      [[ $connected == yes && $serves-$suspended != true-yes ]] ||
        fail 9 PeerUnreachable "the source is not connected: ${mounts[index]} can not be handed back"
      [[ $serves == false || $peer_state == UpToDate ]] || fail 8 WrongState "the source is missing blocks of ${mounts[index]}"
    done
  fi
  if [[ $serves == true ]]; then
    warm_end
    write_out
    end_serving
    remember pausedBackAt "$paused_at"
  fi
  for index in "${!mounts[@]}"; do
    mapper_down "$index" || fail 6 EngineFailed "the mapping $name-$index is still in use"
  done
  engine_call demote || fail 6 EngineFailed "does not give up: $said"
  engine_call follow
  set_phase fallen-back
}

return_to_source() {
  local index said='' failed=() until=$((SECONDS + 20))
  wireguard_up
  for index in "${!mounts[@]}"; do assemble_layout "$index"; done
  engine_call up
  for index in "${!mounts[@]}"; do
    # after a reboot, or a cut, the other side may be on its way
    while engine_call state "$index"; [[ $connected != yes && $SSM_PeerLost == no ]]; do
      ((SECONDS < until)) || fail 9 PeerUnreachable 'the target is not connected: it may serve. If it is gone for good, say PeerLost=yes'
      sleep 0.5
    done
    # who says that the target is gone for good may know it before the engine does
    while [[ $SSM_PeerLost == yes && $peer_role == primary ]] && ((SECONDS < until)); do
      sleep 0.5
      engine_call state "$index"
    done
    [[ $peer_role != primary ]] || fail 8 WrongState 'the target serves: fall back there first'
    engine_call complete "$index" || fail 8 WrongState "the blocks of ${mounts[index]} are not complete here: $local_state"
  done
  engine_call promote || fail 6 EngineFailed "can not serve: $said"
  # whoever comes back from now on finds that this side serves, also after a reboot in the middle
  set_phase fallen-back
  begin_serving || fail 6 EngineFailed "can not mount: $said"
  # now this side has an application that the copy to the other must not starve
  if [[ ${settings[minRate]} == 0 ]]; then
    remember minRate $((settings[maxRate] < 8192 ? settings[maxRate] : 8192))
    engine_call rates
  fi
  # on the target all of them ran
  remember stopped "${services[*]}"
  start_services "${services[@]}" ||
    fail 13 ServiceFailed "does not start: ${failed[*]}: $said" "\"services\":$(services_json)"
}

begin
declared Session PeerLost
check_session
hold PeerLost 'yes|no' 'yes or no'
lock
load_session
case $role/$(phase) in
  source/preparing | source/prepared | source/switching)
    [[ $(phase) != switching ]] || undo_switch
    # nobody waits any more: a switch-source that was sent before, and arrives only now, must not stop the services
    set_phase preparing
    ;;
  # it never handed over: the target has nothing that is not here
  source/mirrored)
    wireguard_up
    serve_again
    set_phase fallen-back
    ;;
  source/switched | source/fallen-back) return_to_source ;;
  target/preparing) ;;
  target/prepared | target/mirrored | target/switching | target/switched | target/fallen-back) leave_target ;;
  *) fail 8 WrongState "the session is $(phase)" ;;
esac
fallen_back_answer
