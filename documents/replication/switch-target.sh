#!/usr/bin/env bash
#
# Takes over: mounts what is not here yet, starts the services. Blocks that are missing are read from the other host.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#   HotFiles  what switch-source answered, or empty: files to read first
#
# Prints one line of JSON:
#   {"session", "phase": "switched", "servingAt": the services had been started,
#    "volumes": [{"index", "mountPoint", "device", "bytes", "bytesLeft"}], "services": [{"name", "activeState"}],
#    "clockSynchronized": true | false | null}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  6 EngineFailed  8 WrongState  9 PeerUnreachable  10 AgentTooOld
#   13 ServiceFailed    everything is mounted, but a service did not start ("services"): repeat, or fall back
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
# part: engine-target.sh
# part: engine-serve.sh
# part: layouts.sh
# part: serving.sh
# part: switching.sh
# part: leaving.sh
# part: boot.sh
# part: hot-files.sh

bytes_left_json() { # volume
  engine_call state "$1"
  printf ',"bytesLeft":%s' "$bytes_left"
}

give_up() {
  local index said
  for index in "${!mounts[@]}"; do
    ! is_mounted "${mounts[index]}" || umount "${mounts[index]}" || return
    mapper_down "$index" || return
  done
  engine_call demote
}

begin
declared Session HotFiles
check_session
hold HotFiles '[A-Za-z0-9+/=]*' 'base64'
((${#SSM_HotFiles} <= 20000)) || fail 2 InvalidParameter 'HotFiles is longer than 20000 characters'
lock
load_session
[[ $role == target ]] || fail 8 WrongState 'this host is the source of the session'
case $(phase) in
  prepared | mirrored | switching | switched) ;;
  *) fail 8 WrongState "the session is $(phase)" ;;
esac
began=$(phase)
said='' failed=()
wireguard_up
engine_call up
[[ $began == switched ]] || engine_call hold
if [[ $began != switched ]]; then
  write_boot_unit
  set_phase switching
fi
take_over 30 || {
  # nothing was written here yet: a filesystem that can not be mounted must not keep the source from taking over
  case $began in prepared | mirrored) all_mounted || ! give_up || set_phase "$began" ;; esac
  # a copy ahead goes on
  [[ $(phase) != mirrored ]] || engine_call follow
  [[ $peer_role != primary ]] || fail 8 WrongState "the source serves: $said"
  [[ $connected != yes ]] || fail 6 EngineFailed "can not serve here: $said"
  fail 9 PeerUnreachable "the source offers no blocks: $said"
}
[[ $began == switched ]] || warm "$SSM_HotFiles"
start_services "${services[@]}"
started=$?
engine_call follow
((started == 0)) ||
  fail 13 ServiceFailed "does not start: ${failed[*]}: $said" "\"services\":$(services_json)"
[[ -n ${settings[servingAt]} ]] || remember servingAt "$(now)"
answer "{\"session\":\"$SSM_Session\",\"phase\":\"switched\",\"servingAt\":$(quote "${settings[servingAt]}"),\
\"volumes\":$(volumes_json bytes_left_json),\"services\":$(services_json),\"clockSynchronized\":$(clock_synchronized)}"
