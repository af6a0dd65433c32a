#!/bin/bash
#
# Lets go of a volume that this instance shares: unmounts it, so that another one can take its place.
#
# SSM Command document, schema 2.2; runs as root on Linux.
#
# Parameters
#   Volume  the volume's id
#
# The fence of fence.sh stays: until the other volume has taken its place this one may come back. Before it is unmounted a
# sample of its blocks is hashed, spread over all of it, which mount-own.sh compares with those of the other volume.
#
# Where this instance writes to it, as a member of a cluster (join-cluster.sh), the units that use it are stopped first, and the sample is
# taken when it is unmounted: all that was written is on the volume then. Its line of fstab is taken out of force until
# mount-own.sh or join-cluster.sh puts it back: what takes its place has the same UUID, and must not be taken for it. The units of the
# cluster run on, for without them no ocfs2 can be made local.
#
# Prints one line of JSON:
#   {"volume", "mount": where it was mounted, or null, "since": from this instant on it is not}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   6 Busy              programs use the filesystem ("mount"), or a unit does not stop: it stays mounted, and the units run
#   7 NotSupported      a command is missing or does not answer, a block can not be read, or several filesystems of the volume are mounted
#
# May be sent twice: the second finds nothing mounted, and says where the first did.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volume+set} ]] || SSM_Volume='{{ Volume }}'

fstab=/etc/fstab
instant=+%Y-%m-%dT%H:%M:%S.%3NZ
sampled=32

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: cluster.sh
# part: fstab.sh

answer() { # mount or nothing, since
  local mount=null
  [[ -z $1 ]] || mount=$(quote "$1")
  printf '{"volume":"%s","mount":%s,"since":"%s"}\n' "$SSM_Volume" "$mount" "$2"
  exit 0
}

sample() { # disk: block and hash, a line each
  local blocks stretch block hash index
  blocks=$(blockdev --getsize64 "$1") && [[ $blocks =~ ^[0-9]+$ ]] || fail 7 NotSupported "the size of $1 can not be read"
  stretch=$((blocks / 4096 / sampled))
  for ((index = 0; index < sampled; index++)); do
    block=$((index * stretch + (RANDOM << 30 | RANDOM << 15 | RANDOM) % stretch))
    hash=$(digest "$1" "$block") || fail 7 NotSupported "block $block of $1 can not be read"
    printf '%s %s\n' "$block" "$hash"
  done
}

keep_sample() { # disk
  local said
  said=$(sample "$1") || { printf '%s\n' "$said"; exit 7; }
  : "$(printf '%s\n' "$said" | tee "$note.sample" 2>&1)"
}

stays() { # what is in the way: the share is as it was
  if [[ -n $writes ]]; then
    put_back "$SSM_Volume"
    : "$(systemctl daemon-reload 2>&1)"
    start "${users[@]}"
  fi
  fail 6 Busy "$1" "\"mount\":$(quote "${targets[0]}")"
}

[[ $SSM_Volume =~ ^vol-[0-9a-f]{8,17}$ ]] || fail 2 InvalidParameter 'Volume is not the id of a volume'
need blockdev cat date dd findmnt lsblk rm sha256sum tee umount
note=/run/instance-mobility-$SSM_Volume
read_disks
disk=$(disk_of "$SSM_Volume")
[[ -n $disk ]] || fail 4 VolumeNotFound "no disk of this instance is $SSM_Volume" "\"volumes\":$(list "$SSM_Volume")"

targets=() part=''
while read -r name _; do
  target=$(findmnt --noheadings --raw --first-only --output TARGET --source "$name") && targets+=("$target") part=${name#"$disk"}
done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$disk")
((${#targets[@]} < 2)) || fail 7 NotSupported "several filesystems of $SSM_Volume are mounted: ${targets[*]}"

: "$(rm --force "$note.compared" 2>&1)"
writes='' users=()
if read_record "$SSM_Volume"; then
  writes=1
  units_of "$services"
  users=("${units[@]}")
else
  keep_sample "$disk"
fi
since=$(date "$instant") || fail 7 NotSupported 'date does not answer'
if ((${#targets[@]} == 0)); then
  [[ -z $writes ]] || keep_sample "$disk"
  read -r since target < <(cat "$note" 2>&1) && [[ $since == 20* && $target == /* ]] && answer "$target" "$since"
  answer '' "$(date "$instant")"
fi
: "$(printf '%s %s\n' "$since" "${targets[0]}" | tee "$note" 2>&1)"
if [[ -n $writes ]]; then
  stop "${users[@]}" || stays "$said"
  comment_out "${targets[0]}" "$SSM_Volume$part"
  said=$(systemctl daemon-reload 2>&1) || stays "systemd does not read fstab again: $said"
fi
said=$(umount "${targets[0]}" 2>&1) || stays "could not unmount ${targets[0]}: $said"
[[ -z $writes ]] || keep_sample "$disk"
answer "${targets[0]}" "$since"
