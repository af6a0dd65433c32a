#!/bin/bash
#
# Makes this instance a member of the cluster that it was held back from by hold-cluster.sh, and mounts the filesystem of a shared
# volume writable, where and as its original has it mounted.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd, after hold-cluster.sh, fence.sh, and when the volume was attached.
#
# Parameters
#   Volume  the volume's id
#
# In this order: the units of the cluster are let start, and started; the fence is taken away; the filesystem is mounted; the units
# that use it are let start, and started. Each must have succeeded before the next. If one fails all of it is undone, the last first:
# the units are stopped and held, the filesystem is unmounted, the disk is closed again.
#
# Nothing but gfs2 and ocfs2 is mounted, whatever was noted. From then on this is a member like any other: its units and its line in
# fstab count at the next boot.
#
# Prints one line of JSON:
#   {"volume", "device", "filesystem", "mount", "services": [unit] that run}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"; or the instance was never held back from the volume's cluster
#   5 NotClustered      the volume holds another filesystem than noted
#   6 ServiceFailed     a unit does not run
#   7 NotSupported      a command is missing or does not answer
#   8 MountFailed       "device"
#
# May be sent twice, and after release-shared.sh.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volume+set} ]] || SSM_Volume='{{ Volume }}'

fstab=/etc/fstab

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: cluster.sh
# part: fencing.sh
# part: fstab.sh

undo() { # exit status, error, message, further members: as it was before, as far as it goes
  local left=''
  stop "${users[@]}" || left+="; $said"
  hold "${users[@]}" || left+="; $said"
  if [[ -n $(findmnt --noheadings --raw --first-only --output TARGET --source "$device") ]]; then
    said=$(umount "$mount" 2>&1) || left+="; it is still mounted: $said"
  fi
  stop "${members[@]}" || left+="; $said"
  hold "${members[@]}" || left+="; $said"
  close_volume "$SSM_Volume" || left+="; $said"
  : "$(udevadm control --reload 2>&1)"
  set_read_only "$disk" || left+='; the disk is still writable'
  fail "$1" "$2" "$3$left" "$4"
}

open_volume() { # sets said
  local name rest
  : "$(rm --force "/etc/udev/rules.d/99-instance-mobility-$SSM_Volume.rules" 2>&1)"
  said=$(udevadm control --reload 2>&1) || return 1
  while read -r name rest; do
    said=$(blockdev --setrw "$name" 2>&1) || return 1
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$disk")
  # systemd must hear that the disk may be used: it unmounts what lies on one that is not ready
  said=$(udevadm trigger --action=change --name-match="$disk" 2>&1 && udevadm settle 2>&1)
}

[[ $SSM_Volume =~ ^vol-[0-9a-f]{8,17}$ ]] || fail 2 InvalidParameter 'Volume is not the id of a volume'
need blockdev cat findmnt lsblk mkdir mount rm systemctl tee udevadm umount
read_record "$SSM_Volume" || fail 4 VolumeNotFound "this instance was not held back from the cluster of $SSM_Volume"
read_disks
disk=$(disk_of "$SSM_Volume")
[[ -n $disk ]] || fail 4 VolumeNotFound "no disk of this instance is $SSM_Volume" "\"volumes\":$(list "$SSM_Volume")"
device=$(device_of "$disk" "$kind")
[[ -n $device ]] || fail 5 NotClustered "$SSM_Volume holds no $kind: nothing else may two instances write to"
units_of "$cluster"
members=("${units[@]}")
units_of "$services"
users=("${units[@]}")

let_start "${members[@]}"
start "${members[@]}" || undo 6 ServiceFailed "$said"
open_volume || undo 7 NotSupported "$disk can not be opened: $said"
if [[ -z $(findmnt --noheadings --raw --first-only --output TARGET --source "$device") ]]; then
  : "$(mkdir --parents "$mount" 2>&1)"
  said=$(mount --types "$kind" --options "rw,$options" "$device" "$mount" 2>&1) ||
    undo 8 MountFailed "could not mount $device at $mount: $said" "\"device\":$(quote "$device")"
fi
[[ ,$(findmnt --noheadings --raw --first-only --output OPTIONS --source "$device"), == *,rw,* ]] ||
  undo 8 MountFailed "$device is not mounted writable" "\"device\":$(quote "$device")"
put_back "$SSM_Volume"
: "$(systemctl daemon-reload 2>&1)"
let_start "${users[@]}"
start "${users[@]}" || undo 6 ServiceFailed "$said"
: "$(rm --force "/run/instance-mobility-$SSM_Volume" "/run/instance-mobility-$SSM_Volume.sample" 2>&1)"
printf '{"volume":"%s","device":%s,"filesystem":"%s","mount":%s,"services":%s}\n' \
  "$SSM_Volume" "$(quote "$device")" "$kind" "$(quote "$mount")" "$(list "${members[@]}" "${users[@]}")"
