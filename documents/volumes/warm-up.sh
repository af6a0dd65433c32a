#!/bin/bash
#
# Reads volumes of this instance once, so that EBS loads all their blocks from the snapshots: first the files that are in
# use, then every block. A reader for each volume goes on when this has answered; warm-up-status.sh tells how far it is.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd 219 or later.
#
# Parameters
#   Volumes  volume ids, separated by commas, each perhaps with its device name: vol-0123456789abcdef0=/dev/sdf.
#            A volume is found by its NVMe serial, or by that name on Xen instances, which show no serial.
#
# In use are the files that processes have open or mapped, and those that were read or written in the two days before: the
# filesystems came with the snapshots, so that their access times tell what the original of this clone used. Files come as
# a whole, in use first, the smallest first, to half of the memory; what is larger comes with the blocks.
#
# Nothing is written to a volume, nor are access times of files. A directory that nobody has listed since it was changed, or
# for a day, gets a new one, for find asks for no less. What the readers note is in /run. They give way to whoever else
# computes or reads (nice 19, and idle I/O where the disk's scheduler knows it: `none`, the usual one of NVMe, does not).
#
# Prints one line of JSON: as warm-up-status.sh
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   7 NotSupported      a command is missing or does not answer
#   8 NoReader          systemd made no unit
#
# May be sent twice: what is being read, or was, is not read again.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volumes+set} ]] || SSM_Volumes='{{ Volumes }}'

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: reading.sh

program=/run/instance-mobility-warm-up.sh

# -- what follows down to read_volume is run by the units

note() { # words: one more line of the log
  : "$(printf '%s\n' "$*" | tee --append "$log" 2>&1)"
}

find_mounts() { # disk: fills mounts with one mount for each filesystem on it and on what stands on it
  local number name kind mount source numbers=' ' names=' '
  mounts=()
  while read -r number name; do
    numbers+="$number " names+="$name "
  done < <(lsblk --noheadings --raw --paths --output MAJ:MIN,NAME "$1" 2>&1)
  while read -r number kind mount source; do
    # by name too: btrfs shows a device number of its own
    [[ $numbers == *" $number "* || $names == *" $source "* ]] || continue
    numbers=${numbers// $number / } names=${names// $source / }
    mounts+=("$(printf '%b' "$mount")")
  done < <(findmnt --noheadings --raw --nofsroot --output MAJ:MIN,FSTYPE,TARGET,SOURCE 2>&1)
}

opened() { # prints what processes have open or mapped, wherever it lies
  local path
  local -A seen=()
  while IFS= read -r path; do
    [[ $path == /* && -z ${seen[$path]} ]] || continue
    seen[$path]=1
    printf '%s\n' "$path"
  done < <(find /proc -mindepth 3 -maxdepth 3 -type l \( -path '/proc/[0-9]*/fd/*' -o -path '/proc/[0-9]*/map_files/*' \) -printf '%l\n' 2>&1)
}

in_use() { # prints "bytes path" of the opened files on the mounts
  local devices paths=() index device mode bytes path
  devices=$(stat --format=%d -- "${mounts[@]}" 2>&1)
  mapfile -t paths < <(opened)
  for ((index = 0; index < ${#paths[@]}; index += 500)); do
    while read -r device mode bytes path; do
      # 8...: a regular file
      [[ " ${devices//$'\n'/ } " == *" $device "* && $mode == 8??? ]] && printf '%s %s\n' "$bytes" "$path"
    done < <(stat --format='%d %f %s %n' -- "${paths[@]:index:500}" 2>&1)
  done
}

used_lately() { # prints "bytes path"; noatime leaves what was written
  timeout 300 find "${mounts[@]}" -xdev -type f -size +0 \( -atime -2 -o -mtime -2 \) -printf '%s %p\n' 2>&1
}

read_hot() { # disk
  local word bytes rest path line left=134217728 files=0 all=0 larger=0 mounts found=()
  local -A seen=()
  find_mounts "$1"
  while read -r word bytes rest; do
    [[ $word != MemAvailable: ]] || left=$((bytes * 512))
  done < <(cat /proc/meminfo)
  # so many at most; one after the other, for both look at the disk
  ((${#mounts[@]} == 0)) || mapfile -t -n 100000 found < <(in_use | sort --numeric-sort - && used_lately | sort --numeric-sort -)
  for line in "${found[@]}"; do
    bytes=${line%% *} path=${line#* }
    [[ $bytes =~ ^[1-9][0-9]*$ && $path == /* && -z ${seen[$path]} ]] || continue
    seen[$path]=1
    if ((bytes > left)); then
      larger=$((larger + 1))
      continue
    fi
    : "$(dd if="$path" of=/dev/null bs=1M iflag=noatime 2>&1)"
    left=$((left - bytes)) files=$((files + 1)) all=$((all + bytes))
  done
  note hot "{\"files\":$files,\"bytes\":$all,\"larger\":$larger}"
}

read_volume() { # its log, its disk, its bytes
  local log=$1 disk=$2 size=$3 at=0 block=16777216 step attempt said
  : "$(printf 'size %s\n' "$size" | tee "$log" 2>&1)"
  read_hot "$disk"
  # twenty parts of it, whole GiB; a block of 16 MiB is as many requests at once as the kernel cuts it into
  step=$((((size - 1) / 20 / 1073741824 + 1) * 1073741824))
  while ((at < size)); do
    for attempt in 1 2; do
      said=$(dd if="$disk" of=/dev/null bs="$block" iflag=direct,fullblock skip=$((at / block)) count=$((step / block)) 2>&1) && break
      if ((attempt == 2)); then
        note failed "${said//$'\n'/ }"
        return 1
      fi
      sleep 5
    done
    at=$((at + step < size ? at + step : size))
    note read "$at"
  done
  note complete
}

begin_reading() { # volume, its disk: in a unit of its own, which the end of the agent does not end
  local bytes said
  read_log "$1"
  [[ $state == none || $state == lost || $state == failed ]] || return 0
  bytes=$(blockdev --getsize64 "$2" 2>&1) || fail 7 NotSupported "blockdev does not answer: $bytes"
  : "$(systemctl reset-failed "$unit" 2>&1)"
  # not only by the reader: whoever asks before that has begun is told of it, too
  said=$(printf 'size %s\n' "$bytes" | tee "$log" 2>&1) || fail 7 NotSupported "$log can not be written: $said"
  said=$(systemd-run --unit="${unit%.service}" --nice=19 --description="instance-mobility: reads $1 once" \
    ionice -c 3 bash "$program" "$log" "$2" "$bytes" 2>&1) && return
  # sent twice at the same time
  read_log "$1"
  [[ $state == reading || $state == complete ]] || fail 8 NoReader "systemd made no unit: $said"
}

pattern='vol-[0-9a-f]{8,17}(=/dev/[a-z0-9]{1,16})?'
[[ $SSM_Volumes =~ ^$pattern(,$pattern)*$ ]] ||
  fail 2 InvalidParameter 'Volumes is not a list of volume ids, each perhaps with its device name, separated by commas'
need blockdev cat dd find findmnt ionice lsblk sort stat systemctl systemd-run tee timeout
read_disks
missing=() volumes=() places=()
for pair in ${SSM_Volumes//,/ }; do
  volume=${pair%%=*}
  device=${pair#"$volume"}
  disk=$(disk_of "$volume" "${device#=}")
  if [[ -n $disk ]]; then
    volumes+=("$volume") places+=("$disk")
  else
    missing+=("$volume")
  fi
done
((${#missing[@]} == 0)) || fail 4 VolumeNotFound "no disk of this instance is ${missing[*]}" "\"volumes\":$(list "${missing[@]}")"
# shellcheck disable=SC2016 # the program itself puts its arguments in
said=$({
  printf '%s\n' '#!/bin/bash' 'export LC_ALL=C'
  declare -f note find_mounts opened in_use used_lately read_hot read_volume
  printf '%s\n' 'read_volume "$@"'
} | tee "$program" 2>&1) || fail 7 NotSupported "$program can not be written: $said"
for index in "${!volumes[@]}"; do begin_reading "${volumes[index]}" "${places[index]}"; done
answer_reading
