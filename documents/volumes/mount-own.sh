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
# Where this instance wrote to the shared volume as a member of a cluster, the copy is made a filesystem for one instance before it is
# mounted, for it has the name of the other one, and whoever mounts both within one cluster destroys both: a gfs2 gets the lock
# protocol lock_nolock, and its first mount replays the journals of all members; an ocfs2 gets another UUID, without
# which its cluster would take it for the other one, is checked (fsck.ocfs2 replays the journals), becomes local, and gets its own
# UUID back, by which fstab names it. Then the units that use it are started, and last the cluster is left: its units are stopped, and
# held as by hold-cluster.sh, unless this instance writes to another volume of it.
#
# Prints one line of JSON:
#   {"volume", "filesystem": or null, "mount": or null, "at": from this instant on it is mounted,
#     "compared": blocks, "equal": of them, "notStarted": [unit] that ended for it and do not run now}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   5 NotWritable       the kernel keeps the disk read-only
#   6 CopyDiffers       most blocks are others than those of the shared volume: nothing is mounted ("compared", "equal")
#   7 NotSupported      a command is missing or does not answer
#   8 MountFailed       "device"; nothing is mounted
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
# part: disks.sh
# part: shares.sh
# part: cluster.sh
# part: fstab.sh

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

not_alone() { # what could not be done, to what, and what was said
  fail 8 MountFailed "could not $1 of $2: $3" "\"device\":$(quote "$2")"
}

make_alone() { # device: a filesystem for one instance
  local said status uuid label
  if [[ $kind == gfs2 ]]; then
    said=$(tunegfs2 -o lockproto=lock_nolock "$1" 2>&1) || not_alone 'change the lock protocol' "$1" "$said"
    return
  fi
  # an earlier try may have changed both
  read -r uuid label < <(cat "$note.name" 2>&1)
  if [[ ! $uuid =~ ^[0-9a-f-]{36}$ ]]; then
    uuid=$(lsblk --nodeps --noheadings --raw --output UUID "$1") && label=$(lsblk --nodeps --noheadings --raw --output LABEL "$1") &&
      [[ $uuid =~ ^[0-9a-f-]{36}$ ]] || not_alone 'tell the UUID' "$1" "$uuid"
    : "$(printf '%s %s\n' "$uuid" "$label" | tee "$note.name" 2>&1)"
  fi
  # first: by its UUID it is known in the cluster, in which the others have the shared one mounted
  said=$(tunefs.ocfs2 --yes --cloned-volume "$1" 2>&1) || not_alone 'change the UUID' "$1" "$said"
  said=$(fsck.ocfs2 -y "$1" 2>&1)
  status=$?
  ((status < 4)) || not_alone 'replay the journals' "$1" "$said"
  said=$(tunefs.ocfs2 --yes -M local "$1" 2>&1) || not_alone 'make a local filesystem' "$1" "$said"
  said=$(tunefs.ocfs2 --yes --uuid-reset="$uuid" -L "$label" "$1" 2>&1) || not_alone 'give the UUID back' "$1" "$said"
}

leave() { # the cluster, unless another volume is written to
  local file own=$records/$record_name$SSM_Shared others=''
  while IFS= read -r file; do
    [[ $file != "$records/$record_name"* || $file == "$own" ]] || others=1
  done < <(find "$records" -maxdepth 1 -name "$record_name*" 2>&1)
  units_of "$cluster"
  # what does not end now is held all the same
  [[ -n $others ]] || : "$(hold "${units[@]}"; stop "${units[@]}")"
  : "$(rm --force "$own" 2>&1)"
}

[[ $SSM_Volume =~ ^vol-[0-9a-f]{8,17}$ && $SSM_Shared =~ ^vol-[0-9a-f]{8,17}$ ]] || fail 2 InvalidParameter 'Volume and Shared are not ids of volumes'
[[ $SSM_Mount =~ ^(none|/[A-Za-z0-9_.:@+=/-]*)$ ]] || fail 2 InvalidParameter 'Mount is neither none nor a plain path'
need blockdev cat date dd findmnt lsblk mkdir mount rm sha256sum tee
writes='' users=()
if read_record "$SSM_Shared"; then
  writes=$kind
  units_of "$services"
  users=("${units[@]}")
  need find systemctl
  # fstab may have said how to lock
  options=${options//lockproto=lock_dlm/lockproto=lock_nolock}
  if [[ $kind == gfs2 ]]; then need tunegfs2; else need fsck.ocfs2 tunefs.ocfs2; fi
fi
note=/run/instance-mobility-$SSM_Shared
read_disks
disk=$(disk_of "$SSM_Volume")
[[ -n $disk ]] || fail 4 VolumeNotFound "no disk of this instance is $SSM_Volume" "\"volumes\":$(list "$SSM_Volume")"
[[ $(blockdev --getro "$disk" 2>&1) == 0 ]] || fail 5 NotWritable "the kernel keeps $disk read-only"

filesystem=null mounted=null compared=0 equal=0
# sent twice: what is mounted has gone its own way
read -r compared equal < <(cat "$note.compared" 2>&1) && [[ "$compared $equal" =~ ^[0-9]+\ [0-9]+$ ]] || { compared=0 equal=0; compare "$disk"; }
if [[ -n $writes || $SSM_Mount != none ]]; then
  found='' how=rw
  while read -r name held; do
    [[ -n $held && (-z $writes || $held == "$writes") ]] || continue
    found=1
    if [[ -z $(findmnt --noheadings --raw --first-only --output TARGET --source "$name") ]]; then
      if [[ -n $writes ]]; then
        make_alone "$name"
        how+=,$options
      fi
      [[ $SSM_Mount != none ]] || break
      : "$(mkdir --parents "$SSM_Mount" 2>&1)"
      said=$(mount --types "$held" --options "$how" "$name" "$SSM_Mount" 2>&1) ||
        fail 8 MountFailed "could not mount $name at $SSM_Mount: $said" "\"device\":$(quote "$name")"
    fi
    filesystem=$(quote "$held") mounted=$(quote "$SSM_Mount")
    break
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$disk")
  [[ -n $found ]] || fail 8 MountFailed "$SSM_Volume holds no filesystem that this system knows" "\"device\":$(quote "$disk")"
fi
put_back "$SSM_Shared" lockproto=lock_dlm lockproto=lock_nolock
not_started=()
if [[ -n $writes ]]; then
  : "$(systemctl daemon-reload 2>&1)"
  for name in "${users[@]}"; do start "$name" || not_started+=("$name"); done
fi
at=$(date "$instant") || fail 7 NotSupported 'date does not answer'
[[ -z $writes ]] || leave
: "$(rm --force "/etc/udev/rules.d/99-instance-mobility-$SSM_Shared.rules" "$note" "$note.sample" "$note.name" 2>&1)"
printf '{"volume":"%s","filesystem":%s,"mount":%s,"at":"%s","compared":%s,"equal":%s,"notStarted":%s}\n' \
  "$SSM_Volume" "$filesystem" "$mounted" "$at" "$compared" "$equal" "$(list "${not_started[@]}")"
