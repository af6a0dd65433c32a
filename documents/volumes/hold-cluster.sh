#!/bin/bash
#
# Keeps this instance, a clone, from joining a cluster as the one that it is a copy of: stops the units by which it would, and
# those that would use the cluster's filesystem, and holds them until join-cluster.sh is sent. A boot does not start them either.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd. Run it while the instance does not reach the cluster.
#
# Parameters
#   Volume    the volume that will be shared
#   Kind      the filesystem on it, gfs2 or ocfs2
#   Mount     where it will be mounted
#   Options   how
#   Cluster   the units of the cluster, separated by commas, in the order of starting
#   Services  the units that use the filesystem, likewise, or none
#
# Held are units by a condition in a file beside them, /etc/systemd/system/<unit>.d/instance-mobility.conf: a mask would not do where a
# unit's own file lies in /etc. What is said here is noted on the disk, for join-cluster.sh and for whoever ends the share later.
#
# Prints one line of JSON:
#   {"held": [unit]}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 NotFound          systemd does not know a unit ("services")
#   6 ServiceFailed     a unit runs on
#   7 NotSupported      a command is missing or does not answer
#
# May be sent twice.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the values into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volume+set} ]] || SSM_Volume='{{ Volume }}'
[[ -n ${SSM_Kind+set} ]] || SSM_Kind='{{ Kind }}'
[[ -n ${SSM_Mount+set} ]] || SSM_Mount='{{ Mount }}'
[[ -n ${SSM_Options+set} ]] || SSM_Options='{{ Options }}'
[[ -n ${SSM_Cluster+set} ]] || SSM_Cluster='{{ Cluster }}'
[[ -n ${SSM_Services+set} ]] || SSM_Services='{{ Services }}'

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: cluster.sh

unit='[A-Za-z0-9_:@][A-Za-z0-9_.:@-]*\.(service|socket|timer|target)'
[[ $SSM_Volume =~ ^vol-[0-9a-f]{8,17}$ ]] || fail 2 InvalidParameter 'Volume is not the id of a volume'
[[ $SSM_Kind =~ ^(gfs2|ocfs2)$ ]] || fail 2 InvalidParameter 'Kind is neither gfs2 nor ocfs2'
[[ $SSM_Mount =~ ^/[A-Za-z0-9_.:@+=/-]+$ ]] || fail 2 InvalidParameter 'Mount is not a plain path'
[[ $SSM_Options =~ ^[A-Za-z0-9_.:=,/@+-]+$ ]] || fail 2 InvalidParameter 'Options are not a list of options'
[[ $SSM_Cluster =~ ^$unit(,$unit)*$ ]] || fail 2 InvalidParameter 'Cluster is not a list of systemd units, separated by commas'
[[ $SSM_Services =~ ^(none|$unit(,$unit)*)$ ]] || fail 2 InvalidParameter 'Services is neither none nor a list of systemd units'
need cat mkdir rm systemctl tee

units_of "$SSM_Cluster,$SSM_Services"
absent=()
for name in "${units[@]}"; do
  [[ $(property LoadState "$name") == loaded ]] || absent+=("$name")
done
((${#absent[@]} == 0)) || fail 4 NotFound "systemd knows no ${absent[*]}" "\"services\":$(list "${absent[@]}")"
said=$(printf '%s\n' "$SSM_Kind $SSM_Mount $SSM_Options $SSM_Cluster $SSM_Services" | tee "$records/$record_name$SSM_Volume" 2>&1) ||
  fail 7 NotSupported "what is held can not be noted: $said"
hold "${units[@]}" || fail 7 NotSupported "systemd does not hold them: $said"
stop "${units[@]}" || fail 6 ServiceFailed "$said"
printf '{"held":%s}\n' "$(list "${units[@]}")"
