#!/usr/bin/env bash
#
# Compares every block of the two hosts while the services run: the first call starts it, later ones tell how far it is.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#   Restart  yes: begins anew. Blocks that were found to differ are first copied from the side that serves.
#   MinRate, MaxRate  as for status, of what is compared
#
# Prints one line of JSON:
#   {"session", "state": "running" | "done", "bytesChecked", "bytes", "outOfSyncBytes", "bytesPerSecond",
#    "application": {"readBytesPerSecond", "writeBytesPerSecond", "awaitMillis"}}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  6 EngineFailed  8 WrongState (not yet synchronised)  10 AgentTooOld
#
# A connection that breaks does not end it: it goes on when the two are connected again.

# part: answer.sh
# part: parameters.sh
# part: session.sh
# part: devices.sh
# part: wireguard.sh
# part: mapper.sh
# part: engines.sh
# part: engine.sh
# part: engine-serve.sh
# part: engine-verify.sh
# part: serving.sh
# part: progress.sh
# part: rates.sh

kernel_log() { # the kernel's own buffer is small: what other lines have pushed out the journal has
  journalctl --dmesg --boot --quiet --no-pager --output=short-monotonic 2>/dev/null
  dmesg
}

# Seconds since boot by the clock of that log: over months it runs away from that of /proc/uptime by minutes.
kernel_now() {
  local mark="instance-mobility: compares $RANDOM$RANDOM" at
  printf '%s\n' "$mark" >/dev/kmsg
  at=$(dmesg | sed -n "s/^\[ *\([0-9]*\.[0-9][0-9]\)[0-9]*\].*$mark\$/\1/p" | tail -n 1)
  [[ -n $at ]] || read -r at _ </proc/uptime
  printf '%s' "$at"
}

begin
declared Session Restart MinRate MaxRate
check_session
hold Restart 'yes|no' 'yes or no'
hold_rates
lock
load_session
case $(phase) in switched | fallen-back) ;; *) fail 8 WrongState "the session is $(phase)" ;; esac
if [[ ${settings[verifyStarted]} != yes || $SSM_Restart == yes ]]; then
  for index in "${!mounts[@]}"; do
    engine_call state "$index"
    [[ $state == synchronised || $state == verifying ]] || fail 8 WrongState "${mounts[index]} is $state"
  done
  [[ $SSM_Restart != yes ]] || engine_call verify_repair
  remember verified ''
  engine_call verify_start
  remember verifyStarted yes
fi
# only now is it told which volumes share them
set_rates
all='done' total=0 total_checked=0 total_differing=0 total_rate=0
for index in "${!mounts[@]}"; do
  engine_call verify_state "$index"
  [[ $verify == 'done' ]] || all=running
  total=$((total + sizes[index])) total_checked=$((total_checked + checked)) total_differing=$((total_differing + differing))
  [[ $verify == 'done' ]] || total_rate=$((total_rate + rate))
done
[[ $all != 'done' ]] || remember verified "$total_differing"
answer "{\"session\":\"$SSM_Session\",\"state\":\"$all\",\"bytesChecked\":$total_checked,\"bytes\":$total,\"outOfSyncBytes\":$total_differing,\
\"bytesPerSecond\":$total_rate,\"application\":$(application_json)}"
