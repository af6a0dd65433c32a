#!/bin/bash
#
# Stops the services of an instance that is about to be moved, and writes out what they left in memory.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd.
#
# Parameters
#   Services  systemd units, separated by commas, in the order in which they are stopped
#
# Nothing is disabled: after a reboot the units start as they always did.
#
# Prints one line of JSON:
#   {"stopped": [unit] in the order of stopping, "pausedAt": just before the first one was stopped, "clockSynchronized": true | false | null}
#   Units that did not run are left as they are, and are not among them.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 NotFound       systemd does not know a unit ("services"); nothing was stopped
#   6 ServiceFailed  a unit does not stop; those that were stopped are started again
#   7 NotSupported   a command is missing or does not answer
#
# May be sent twice: the second finds nothing to stop.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Services+set} ]] || SSM_Services='{{ Services }}'

# part: answers.sh
# part: units.sh

check_units
need date sync systemctl timedatectl
absent=()
for unit in "${units[@]}"; do
  [[ $(property LoadState "$unit") == loaded ]] || absent+=("$unit")
done
((${#absent[@]} == 0)) || fail 4 NotFound "systemd knows no ${absent[*]}" "\"services\":$(list "${absent[@]}")"

paused=$(now) || fail 7 NotSupported 'date does not answer'
stopped=()
for unit in "${units[@]}"; do
  [[ $(property ActiveState "$unit") != inactive ]] || continue
  stopped+=("$unit")
  said=$(systemctl stop "$unit" 2>&1) || {
    start "${stopped[@]}"
    fail 6 ServiceFailed "$unit does not stop: $said"
  }
done
sync || fail 7 NotSupported 'sync fails'
printf '{"stopped":%s,"pausedAt":"%s","clockSynchronized":%s}\n' "$(list "${stopped[@]}")" "$paused" "$(clock_synchronized)"
