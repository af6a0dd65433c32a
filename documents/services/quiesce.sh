#!/bin/bash
#
# Stops the services of an instance that is about to be moved, and writes out what they left in memory.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd.
#
# Parameters
#   Services  systemd units, separated by commas, in the order in which they are stopped
#   Owner     names the move: what is stopped for it is remembered under this name
#
# Nothing is disabled: after a reboot the units start as they always did.
#
# Prints one line of JSON:
#   {"stopped": [unit] in the order of stopping, "pausedAt": just before the first one was stopped, "clockSynchronized": true | false | null}
#   Units that did not run are left as they are, and are not among them; those that an earlier run for this owner stopped are.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 NotFound       systemd does not know a unit ("services"); nothing was stopped
#   6 ServiceFailed  a unit does not stop; those that were stopped are started again
#   7 NotSupported   a command is missing or does not answer
#
# May be sent twice: the second finds nothing to stop, and tells what the first has stopped.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Services+set} ]] || SSM_Services='{{ Services }}'
[[ -n ${SSM_Owner+set} ]] || SSM_Owner='{{ Owner }}'

# part: answers.sh
# part: units.sh

check_units
check_owner
need cat date sync systemctl tee timedatectl
absent=()
for unit in "${units[@]}"; do
  [[ $(property LoadState "$unit") == loaded ]] || absent+=("$unit")
done
((${#absent[@]} == 0)) || {
  [[ -n $(recorded) ]] || remember
  fail 4 NotFound "systemd knows no ${absent[*]}" "\"services\":$(list "${absent[@]}")"
}

# before any is stopped: some stop with others
earlier=$(recorded)
stopped=()
for unit in "${units[@]}"; do
  [[ " inactive failed " == *" $(property ActiveState "$unit") "* && " $earlier " != *" $unit "* ]] || stopped+=("$unit")
done
remember "${stopped[@]}"
paused=$(now) || fail 7 NotSupported 'date does not answer'
for unit in "${stopped[@]}"; do
  said=$(systemctl stop "$unit" 2>&1) || {
    start "${stopped[@]}"
    fail 6 ServiceFailed "$unit does not stop: $said"
  }
done
sync || fail 7 NotSupported 'sync fails'
printf '{"stopped":%s,"pausedAt":"%s","clockSynchronized":%s}\n' "$(list "${stopped[@]}")" "$paused" "$(clock_synchronized)"
