#!/usr/bin/env bash
#
# Tells how far the synchronisation is, and sets how fast it may go. Reads only tables of the kernel: it answers also
# while the other host is gone and the devices wait.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#   MinRate, MaxRate  KiB per second of all volumes together, on the side where this runs; empty: as it is. Above MinRate the synchronisation
#                     gives way to the application, MaxRate it never exceeds.
#
# Prints one line of JSON:
#   {"session", "engine", "role": "source" | "target", "phase", "serving", "suspended", "peerConnected", "bytes", "bytesLeft",
#    "bytesPerSecond", "secondsLeft": or null, "volumes": [{"index", "mountPoint", "bytes", "bytesLeft",
#    "state": "waiting" | "synchronising" | "synchronised" | "disconnected" | "suspended" | "stopped" | "verifying",
#    "local", "peer"}], "application": {"readBytesPerSecond", "writeBytesPerSecond", "awaitMillis"},
#    "services": [{"name", "activeState"}], "errors": [text], "minRate", "maxRate"}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  6 EngineFailed  10 AgentTooOld

# part: answer.sh
# part: parameters.sh
# part: session.sh
# part: devices.sh
# part: wireguard.sh
# part: services.sh
# part: mapper.sh
# part: engines.sh
# part: engine.sh
# part: engine-source.sh
# part: engine-target.sh
# part: engine-serve.sh
# part: engine-errors.sh
# part: serving.sh
# part: progress.sh
# part: rates.sh

begin
declared Session MinRate MaxRate
check_session
hold_rates
paths "$SSM_Session"
[[ -z $SSM_MinRate$SSM_MaxRate ]] || lock
load_session
set_rates
volumes='' errors=() total=0 total_left=0 total_rate=0 any_suspended=false all_connected=true
for index in "${!mounts[@]}"; do
  volume_state "$index"
  total=$((total + sizes[index])) total_left=$((total_left + bytes_left)) total_rate=$((total_rate + rate))
  [[ $suspended == no ]] || any_suspended=true
  [[ $connected == yes ]] || all_connected=false
  volumes+="${volumes:+,}{\"index\":$index,\"mountPoint\":$(quote "${mounts[index]}"),\"bytes\":${sizes[index]},\"bytesLeft\":$bytes_left,"
  volumes+="\"state\":\"$state\",\"local\":$(quote_or_null "$local_state"),\"peer\":$(quote_or_null "$peer_state")}"
  mapfile -t -O "${#errors[@]}" errors < <(engine_call errors "$index")
done
if [[ $role/$(phase) == target/switched && $any_suspended == false ]] && ! all_mounted; then
  errors+=('nothing is mounted here since the last reboot: the other side must be there first; if it is gone for good, resume with AcceptLoss=yes')
fi
seconds=null
((total_rate == 0)) || seconds=$((total_left / total_rate))
((total_left > 0)) || seconds=0
answer "{\"session\":\"$SSM_Session\",\"engine\":\"$engine\",\"role\":\"$role\",\"phase\":\"$(phase)\",\"serving\":$(truth all_mounted),\
\"suspended\":$any_suspended,\"peerConnected\":$all_connected,\"bytes\":$total,\"bytesLeft\":$total_left,\"bytesPerSecond\":$total_rate,\
\"secondsLeft\":$seconds,\"volumes\":[$volumes],\"application\":$(application_json),\"services\":$(services_json),\
\"errors\":$(list "${errors[@]}"),\"minRate\":${settings[minRate]},\"maxRate\":${settings[maxRate]}}"
