#!/bin/bash
#
# Mounts a volume of this instance's own where it shared another one, writable, and takes the fence of that one away.
#
# SSM Command document, schema 2.2; runs as root on Linux, after release-shared.sh, when the volumes were swapped.
#
# Parameters
#   Volume  the id of the own volume
#   Shared  the id of the volume that was shared
#   Mount   where it was mounted, or none
#
# The line of fstab that mount-read-only.sh has commented out is back in force: the filesystem has the same UUID. The
# first mount replays the journal that the copy holds, as after a power cut. Before it the blocks that release-shared.sh has
# hashed are compared: the other instance may have changed a few since the copy was made, but not most of them.
#
# Prints one line of JSON:
#   {"volume", "filesystem": or null, "mount": or null, "at": from this instant on it is mounted,
#     "compared": blocks, "equal": of them}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   5 NotWritable       the kernel keeps the disk read-only
#   6 CopyDiffers       most blocks are others than those of the shared volume: nothing is mounted ("compared", "equal")
#   7 NotSupported      a command is missing or does not answer
#   8 MountFailed       "device"
#
# May be sent twice.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the values into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volume+set} ]] || SSM_Volume='{{ Volume }}'
[[ -n ${SSM_Shared+set} ]] || SSM_Shared='{{ Shared }}'
[[ -n ${SSM_Mount+set} ]] || SSM_Mount='{{ Mount }}'

fstab=/etc/fstab
instant=+%Y-%m-%dT%H:%M:%S.%3NZ

# part: answers.sh

compare() { # disk: sets compared and equal
  local block hash now
  while read -r block hash; do
    [[ $block =~ ^[0-9]+$ ]] || continue
    now=$(digest "$1" "$block") || fail 7 NotSupported "block $block of $1 can not be read"
    ((compared += 1))
    [[ $now != "$hash" ]] || ((equal += 1))
  done < <(cat "$note.sample" 2>&1)
  ((equal * 2 >= compared)) || fail 6 CopyDiffers "only $equal of $compared blocks of $SSM_Volume are those of $SSM_Shared" "\"compared\":$compared,\"equal\":$equal"
  : "$(printf '%s %s\n' "$compared" "$equal" | tee "$note.compared" 2>&1)"
}

put_back() { # volume: the lines of fstab that were commented out for it and its partitions
  local line sign found='' text=''
  # without what stands behind the volume: a partition may follow it
  sign=$(sign_of "$1")
  sign=${sign% # }
  while IFS= read -r line; do
    if [[ $line == "$sign"* ]]; then
      line=${line#"$sign"* # }
      found=1
    fi
    text+=$line$'\n'
  done < <(cat "$fstab")
  [[ -z $found ]] || : "$(printf '%s' "$text" | tee "$fstab" 2>&1)"
}

[[ $SSM_Volume =~ ^vol-[0-9a-f]{8,17}$ && $SSM_Shared =~ ^vol-[0-9a-f]{8,17}$ ]] || fail 2 InvalidParameter 'Volume and Shared are not ids of volumes'
[[ $SSM_Mount =~ ^(none|/[A-Za-z0-9_.:@+=/-]*)$ ]] || fail 2 InvalidParameter 'Mount is neither none nor a plain path'
need blockdev cat date dd findmnt lsblk mkdir mount rm sha256sum tee
note=/run/instance-mobility-$SSM_Shared
read_disks
disk=$(disk_of "$SSM_Volume")
[[ -n $disk ]] || fail 4 VolumeNotFound "no disk of this instance is $SSM_Volume" "\"volumes\":$(list "$SSM_Volume")"
[[ $(blockdev --getro "$disk" 2>&1) == 0 ]] || fail 5 NotWritable "the kernel keeps $disk read-only"

filesystem=null mounted=null compared=0 equal=0
# sent twice: what is mounted has gone its own way
read -r compared equal < <(cat "$note.compared" 2>&1) && [[ "$compared $equal" =~ ^[0-9]+\ [0-9]+$ ]] || { compared=0 equal=0; compare "$disk"; }
if [[ $SSM_Mount != none ]]; then
  while read -r name kind; do
    [[ -n $kind ]] || continue
    if [[ -z $(findmnt --noheadings --raw --first-only --output TARGET --source "$name") ]]; then
      : "$(mkdir --parents "$SSM_Mount" 2>&1)"
      said=$(mount --types "$kind" --options rw "$name" "$SSM_Mount" 2>&1) ||
        fail 8 MountFailed "could not mount $name at $SSM_Mount: $said" "\"device\":$(quote "$name")"
    fi
    filesystem=$(quote "$kind") mounted=$(quote "$SSM_Mount")
    break
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$disk")
  [[ $mounted != null ]] || fail 8 MountFailed "$SSM_Volume holds no filesystem that this system knows" "\"device\":$(quote "$disk")"
fi
put_back "$SSM_Shared"
at=$(date "$instant") || fail 7 NotSupported 'date does not answer'
: "$(rm --force "/etc/udev/rules.d/99-instance-mobility-$SSM_Shared.rules" "$note" "$note.sample" 2>&1)"
printf '{"volume":"%s","filesystem":%s,"mount":%s,"at":"%s","compared":%s,"equal":%s}\n' "$SSM_Volume" "$filesystem" "$mounted" "$at" "$compared" "$equal"
