#!/bin/bash
#
# Starts services: on an instance that takes over, or on its source, which serves again.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd.
#
# Parameters
#   Services  systemd units, separated by commas, in the order in which they were stopped: they are started the other way round
#   Owner     names the move that stopped them: of these units those are started that ran before it. Where nobody knows which did, all are that
#             systemd knows.
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
[[ -n ${SSM_Owner+set} ]] || SSM_Owner='{{ Owner }}'

# part: answers.sh
# part: units.sh

check_units
check_owner
need cat date systemctl timedatectl
wanted=()
if stopped=$(recorded); then
  for unit in "${units[@]}"; do
    [[ " $stopped " != *" $unit "* ]] || wanted+=("$unit")
  done
else
  for unit in "${units[@]}"; do
    [[ -n $SSM_Owner && $(property LoadState "$unit") == not-found ]] || wanted+=("$unit")
  done
fi
start "${wanted[@]}"
idle=()
for unit in "${wanted[@]}"; do
  [[ $(property ActiveState "$unit") == active ]] || idle+=("$unit")
done
((${#idle[@]} == 0)) || fail 6 ServiceFailed "${idle[*]} does not run: $said" "\"services\":$(list "${idle[@]}")"
serving=$(now) || fail 7 NotSupported 'date does not answer'
printf '{"active":%s,"servingAt":"%s","clockSynchronized":%s}\n' "$(list "${wanted[@]}")" "$serving" "$(clock_synchronized)"
