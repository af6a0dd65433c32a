#!/bin/bash
#
# Prepares this instance for volumes that it will share with another one: whatever of them appears here is read-only
# from its first moment, and nothing mounts it by itself.
#
# SSM Command document, schema 2.2; runs as root on Linux. Run it before the volumes are attached.
#
# Parameters
#   Volumes  volume ids, separated by commas
#
# A volume is known by its NVMe serial. The udev rule for it sets the disk and its partitions read-only before anybody
# hears of them, and tells systemd and udisks to leave them alone, so that a line in fstab, which this clone has from its
# source, mounts nothing. The rule stays: it counts after a reboot, too.
#
# Prints one line of JSON:
#   {"fenced": [volume]}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   5 NotReadOnly       a disk that is there already could not be set read-only ("volumes")
#   7 NotSupported      a command is missing or does not answer
#
# May be sent twice.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volumes+set} ]] || SSM_Volumes='{{ Volumes }}'

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: fencing.sh

[[ $SSM_Volumes =~ ^vol-[0-9a-f]{8,17}(,vol-[0-9a-f]{8,17})*$ ]] ||
  fail 2 InvalidParameter 'Volumes is not a list of volume ids, separated by commas'
need blockdev lsblk tee udevadm

fenced=()
for volume in ${SSM_Volumes//,/ }; do
  close_volume "$volume" || fail 7 NotSupported "the udev rule can not be written: $said"
  fenced+=("$volume")
done
said=$(udevadm control --reload 2>&1) || fail 7 NotSupported "udevadm does not answer: $said"

# sent twice: the disks may be there by now
read_disks
open=()
for volume in "${fenced[@]}"; do
  disk=$(disk_of "$volume")
  [[ -z $disk ]] || set_read_only "$disk" || open+=("$volume")
done
((${#open[@]} == 0)) || fail 5 NotReadOnly "could not be set read-only: ${open[*]}" "\"volumes\":$(list "${open[@]}")"
printf '{"fenced":%s}\n' "$(list "${fenced[@]}")"
