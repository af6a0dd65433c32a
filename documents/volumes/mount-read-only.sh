#!/bin/bash
#
# Mounts volumes that another instance writes to, in a way that can not change a single block of them.
#
# SSM Command document, schema 2.2; runs as root on Linux, after fence.sh and after the volumes were attached.
#
# Parameters
#   Volumes  volume ids, separated by commas
#
# The disk and its partitions are set read-only first, and nothing is mounted unless the kernel holds to it. A plain
# `ro` mount replays the journal, which would write: ext3 and ext4 are mounted with noload, xfs with norecovery (and
# nouuid, for a copy of it may be mounted as well). What is read is what the other instance has written out so far: files
# that it changes meanwhile may be seen half-changed, and a file that is new may be seen only after the next mount.
#
# Where this instance's fstab has a line for the filesystem, it is mounted where that line says, and the line is
# commented out, so that no reboot mounts it writable; sent again after a reboot, it is mounted there again. Other kinds
# stay unmounted and read-only; each is named.
#
# Prints one line of JSON:
#   {"shares": [{"volume", "device", "filesystem", "mount": path or null, "reason": why not or null,
#     "reservation": type of the NVMe reservation on the volume, 0 for none, or null if nobody can tell}]}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   5 NotReadOnly       a disk could not be set read-only ("volumes")
#   6 MountedWritable   something has mounted a filesystem of theirs writable ("mounts"): unmount it at once
#   7 NotSupported      a command is missing or does not answer
#   8 MountFailed       "device"
#
# May be sent twice.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volumes+set} ]] || SSM_Volumes='{{ Volumes }}'

fstab=/etc/fstab
plain='^/[A-Za-z0-9_.:@+=/-]+$'

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: fstab.sh
# part: reservation.sh

reservation_of() { # disk: the type of its NVMe reservation, or null
  if [[ -n $(command -v nvme) ]] && report_on "$1"; then type_in; else printf null; fi
}

commented_out() { # volume and partition: where a line of fstab mounted it, if there was one
  local line target sign
  sign=$(sign_of "$1")
  while IFS= read -r line; do
    [[ $line == "$sign"* ]] || continue
    read -r _ target _ < <(printf '%s\n' "${line#"$sign"}")
    printf '%s' "$target"
    return
  done < <(cat "$fstab")
}

share() { # volume, disk: adds to shares
  local name kind options target reason said mounted part count=0
  while read -r name kind _; do
    case $kind in
      '') continue ;;
      ext3 | ext4) options=ro,noload ;;
      xfs) options=ro,norecovery,nouuid ;;
      *) options= ;;
    esac
    ((count += 1))
    target='' reason=''
    mounted=$(findmnt --noheadings --raw --first-only --output TARGET,OPTIONS --source "$name")
    if [[ -n $mounted ]]; then
      [[ ,${mounted#* }, == *,ro,* ]] || fail 6 MountedWritable "$name is mounted writable at ${mounted%% *}" "\"mounts\":$(list "${mounted%% *}")"
      target=${mounted%% *}
    elif [[ -z $options ]]; then
      reason="$kind is not mounted: only ext3, ext4 and xfs can be without a write"
    else
      target=$(findmnt --fstab --evaluate --noheadings --raw --first-only --output TARGET --source "$name")
      part=$1${name#"$2"}
      # its line may be commented out already, or it never had one, and release-shared.sh has noted where it was
      [[ $target =~ $plain ]] || target=$(commented_out "$part")
      [[ $target =~ $plain ]] || read -r _ target < <(cat "/run/instance-mobility-$1" 2>&1)
      [[ $target =~ $plain ]] || target=/mnt/instance-mobility/$1
      comment_out "$target" "$part"
      : "$(mkdir --parents "$target" 2>&1)"
      said=$(mount --types "$kind" --options "$options" "$name" "$target" 2>&1) || fail 8 MountFailed "could not mount $name at $target: $said" "\"device\":$(quote "$name")"
    fi
    note "$1" "$name" "$kind" "$target" "$reason" "$2"
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$2")
  ((count > 0)) || note "$1" "$2" '' '' 'it holds no filesystem that this system knows' "$2"
}

note() { # volume, device, filesystem, mount, reason, disk
  shares+="${shares:+,}{\"volume\":\"$1\",\"device\":$(quote "$2"),\"filesystem\":$(or_null "$3"),\"mount\":$(or_null "$4")"
  shares+=",\"reason\":$(or_null "$5"),\"reservation\":$(reservation_of "$6")}"
}

[[ $SSM_Volumes =~ ^vol-[0-9a-f]{8,17}(,vol-[0-9a-f]{8,17})*$ ]] ||
  fail 2 InvalidParameter 'Volumes is not a list of volume ids, separated by commas'
need blockdev cat findmnt lsblk mkdir mount tee
read_disks
missing=() open=() shares=''
for volume in ${SSM_Volumes//,/ }; do
  disk=$(disk_of "$volume")
  if [[ -z $disk ]]; then missing+=("$volume"); elif ! set_read_only "$disk"; then open+=("$volume"); fi
done
((${#missing[@]} == 0)) || fail 4 VolumeNotFound "no disk of this instance is ${missing[*]}" "\"volumes\":$(list "${missing[@]}")"
((${#open[@]} == 0)) || fail 5 NotReadOnly "could not be set read-only: ${open[*]}" "\"volumes\":$(list "${open[@]}")"
for volume in ${SSM_Volumes//,/ }; do share "$volume" "$(disk_of "$volume")"; done
printf '{"shares":[%s]}\n' "$shares"
