#!/bin/bash
#
# Starts services: on an instance that takes over, or on its source, which serves again.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd.
#
# Parameters
#   Services  systemd units, separated by commas, in the order in which they were stopped: they are started the other way round
#
# Prints one line of JSON:
#   {"active": [unit], "servingAt": all run at this instant, "clockSynchronized": true | false | null}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   6 ServiceFailed  a unit does not run ("services"); the others were started
#   7 NotSupported   a command is missing or does not answer
#
# May be sent twice: what runs goes on.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Services+set} ]] || SSM_Services='{{ Services }}'

# part: answers.sh
# part: units.sh

check_units
need date systemctl timedatectl
start "${units[@]}"
idle=()
for unit in "${units[@]}"; do
  [[ $(property ActiveState "$unit") == active ]] || idle+=("$unit")
done
((${#idle[@]} == 0)) || fail 6 ServiceFailed "${idle[*]} does not run: $said" "\"services\":$(list "${idle[@]}")"
serving=$(now) || fail 7 NotSupported 'date does not answer'
printf '{"active":%s,"servingAt":"%s","clockSynchronized":%s}\n' "$(list "${units[@]}")" "$serving" "$(clock_synchronized)"
