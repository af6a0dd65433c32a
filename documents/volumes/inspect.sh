#!/bin/bash
#
# Tells what is on volumes that clones of this instance are to write to; changes nothing.
#
# SSM Command document, schema 2.2; runs as root on Linux.
#
# Parameters
#   Volumes  volume ids, separated by commas
#
# Prints one line of JSON:
#   {"shares": [{"volume", "filesystem", "mount": where it is mounted writable, or null, "options": to mount it by, as fstab says, or else as
#     it is mounted, "clustered": whether others may have it mounted at the same time}]}
#   one for each filesystem, whatever lies between it and the volume.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   7 NotSupported      a command is missing or does not answer

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volumes+set} ]] || SSM_Volumes='{{ Volumes }}'

plain='^/[A-Za-z0-9_.:@+=/-]+$'
listed='^[A-Za-z0-9_.:=,/@+-]+$'

# part: answers.sh
# part: disks.sh
# part: shares.sh

clustered() { # device, filesystem, options that it is mounted with
  case $2 in
    gfs2)
      # the options count, and where they are silent the superblock
      [[ ,$3, == *,lockproto=* ]] || { [[ $(tunegfs2 -l "$1" 2>&1) == *'Lock protocol: lock_dlm'* ]]; return; }
      [[ ,$3, == *,lockproto=lock_dlm,* ]]
      ;;
    # a local mount says heartbeat=none, and a cluster of another stack names that
    ocfs2) [[ ,$3, =~ ,(heartbeat=(local|global)|cluster_stack=[^,]+), ]] ;;
    *) return 1 ;;
  esac
}

to_mount_by() { # options: but for those that tell when to mount, which mount.ocfs2 hands to the kernel, and those that it puts in by itself
  local option kept=''
  for option in ${1//,/ }; do
    case $option in
      auto | noauto | nofail | x-* | heartbeat=* | cluster_stack=*) ;;
      *) kept+=${kept:+,}$option ;;
    esac
  done
  printf '%s' "${kept:-defaults}"
}

inspect() { # volume, disk: adds to shares
  local name kind mounted live target options together
  while read -r name kind; do
    [[ -n $kind ]] || continue
    mounted=$(findmnt --noheadings --raw --first-only --output TARGET,OPTIONS --source "$name")
    target=${mounted%% *} live=${mounted#* }
    options=$(findmnt --fstab --evaluate --noheadings --raw --first-only --output OPTIONS --source "$name")
    [[ $options =~ $listed ]] || options=$live
    options=$(to_mount_by "$options")
    if [[ $target =~ $plain && $options =~ $listed && ,$live, == *,rw,* ]]; then
      target=$(quote "$target") options=$(quote "$options")
    else
      target=null options=null
    fi
    if clustered "$name" "$kind" "$live"; then together=true; else together=false; fi
    shares+="${shares:+,}{\"volume\":\"$1\",\"filesystem\":$(quote "$kind"),\"mount\":$target,\"options\":$options,\"clustered\":$together}"
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$2")
}

[[ $SSM_Volumes =~ ^vol-[0-9a-f]{8,17}(,vol-[0-9a-f]{8,17})*$ ]] ||
  fail 2 InvalidParameter 'Volumes is not a list of volume ids, separated by commas'
need findmnt lsblk
read_disks
missing=() shares=''
for volume in ${SSM_Volumes//,/ }; do
  disk=$(disk_of "$volume")
  if [[ -n $disk ]]; then inspect "$volume" "$disk"; else missing+=("$volume"); fi
done
((${#missing[@]} == 0)) || fail 4 VolumeNotFound "no disk of this instance is ${missing[*]}" "\"volumes\":$(list "${missing[@]}")"
printf '{"shares":[%s]}\n' "$shares"
