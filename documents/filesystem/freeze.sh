#!/bin/bash
#
# Freezes the filesystems of EBS volumes, so that a snapshot finds them whole.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd 219 or later (Amazon Linux 2 and 2023,
# RHEL 7 and later, Ubuntu, Debian).
#
# Parameters
#   Owner    ARN of the execution that asks: the freeze is its own until it thaws or the time is up
#   Volumes  volume ids, separated by commas; each may say its device name: vol-0123456789abcdef0=/dev/sdf.
#            A volume is found by its NVMe serial, or by that name on Xen instances, which show no serial.
#   Seconds  after so many seconds the filesystems thaw by themselves: 10 to 300
#
# The lock and the thaw that comes by itself are one thing: a transient systemd timer, made before the first
# filesystem is frozen. systemd refuses a second one of the same name; its description names the owner. Nothing is
# written to a file: after a freeze, a write could wait for ever.
#
# Left alone: the filesystems that the running system and the SSM agent write to (with one of those frozen, nothing
# could thaw it), kinds that can not be frozen, and volumes without a mounted filesystem. Each is named in the answer.
#
# Prints one line of JSON:
#   {"owner", "frozen": [mount], "skipped": [{"mount", "reason"}], "unmounted": [volume],
#    "since": all are frozen from this instant on, "until": they thaw by themselves not before this one,
#    "clockSynchronized": true | false | null}
#   since and until are null if there was nothing to freeze; then no lock is held.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   3 HeldByAnother     another owner holds a freeze ("owner", "until")
#   4 VolumeNotFound    "volumes"
#   5 FreezeFailed      a filesystem could not be frozen in time ("mount"); those that were are thawed again
#   6 ThawFailed        as 5, and these could not be thawed again ("mounts"); the timer stays and tries once more
#   7 NotSupported      a command is missing or does not answer
#   8 LockFailed        systemd made no timer
#
# May be sent twice: the owner's second freeze gets the answer of the first.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the values into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Owner+set} ]] || SSM_Owner='{{ Owner }}'
[[ -n ${SSM_Volumes+set} ]] || SSM_Volumes='{{ Volumes }}'
[[ -n ${SSM_Seconds+set} ]] || SSM_Seconds='{{ Seconds }}'

timer=instance-mobility-thaw
record=instance-mobility-freeze
instant=+%Y-%m-%dT%H:%M:%S.%3NZ
freezable=' btrfs ext2 ext3 ext4 f2fs jfs nilfs2 reiserfs xfs '
# written to by systemd, the journal, the kernel's audit, the SSM agent (also the snap), and shells
system_paths='/ /usr /etc /run /tmp /var /var/tmp /var/log /var/log/journal /var/log/audit /var/lib/systemd
  /var/lib/amazon/ssm /var/log/amazon/ssm /var/snap/amazon-ssm-agent'

# part: answers.sh
# part: disks.sh
# part: record.sh

thaw() { # mounts, last frozen first; the names of those that stay frozen
  local index message
  for ((index = $#; index > 0; index--)); do
    message=$(fsfreeze --unfreeze "${!index}" 2>&1) || [[ $message == *'Invalid argument'* ]] || printf '%s\n' "${!index}"
  done
}

undo() { # mount that failed, message, mounts that are frozen
  local left name=$1 message=$2
  shift 2
  left=$(thaw "$@")
  # shellcheck disable=SC2086 # names of mounts hold no blanks: see choose
  [[ -z $left ]] || fail 6 ThawFailed "$message; and could not thaw again: $left" "\"mounts\":$(list $left)"
  release
  fail 5 FreezeFailed "$message" "\"mount\":$(quote "$name")"
}

answer() { # since, until, frozen mounts
  local since=null until=null
  [[ -z $1 ]] || since=$(quote "$1") until=$(quote "$2")
  shift 2
  printf '{"owner":%s,"frozen":%s,"skipped":[%s],"unmounted":%s,"since":%s,"until":%s,"clockSynchronized":%s}\n' \
    "$(quote "$SSM_Owner")" "$(list "$@")" "$skipped" "$(list "${unmounted[@]}")" "$since" "$until" "$(clock_synchronized)"
  exit 0
}

check_parameters() {
  local volume='vol-[0-9a-f]{8,17}(=/dev/[a-z0-9]{1,16})?'
  [[ $SSM_Owner =~ ^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+$ ]] ||
    fail 2 InvalidParameter 'Owner is not the ARN of an execution'
  [[ $SSM_Volumes =~ ^$volume(,$volume)*$ ]] ||
    fail 2 InvalidParameter 'Volumes is not a list of volume ids, each perhaps with its device name, separated by commas'
  if ! [[ $SSM_Seconds =~ ^[1-9][0-9]{1,2}$ ]] || ((SSM_Seconds > 300)); then
    fail 2 InvalidParameter 'Seconds is not a number from 10 to 300'
  fi
}

# Fills filesystems (device numbers), kinds and mounts with what lies on the volumes, and missing and unmounted.
find_filesystems() {
  local pair volume device disk devices numbers names number name kind mount source found
  for pair in ${SSM_Volumes//,/ }; do
    volume=${pair%%=*}
    device=${pair#"$volume"}
    disk=$(disk_of "$volume" "${device#=}")
    if [[ -z $disk ]]; then
      missing+=("$volume")
      continue
    fi
    # the disk and what stands on it: partitions, RAID, encryption, logical volumes
    devices=$(lsblk --noheadings --raw --paths --output MAJ:MIN,NAME "$disk") || fail 7 NotSupported 'lsblk does not answer'
    numbers=' ' names=' '
    while read -r number name; do
      numbers+="$number " names+="$name "
    done < <(printf '%s\n' "$devices")
    found=
    while read -r number kind mount source; do
      # by name too: btrfs shows a device number of its own
      [[ $numbers == *" $number "* || $names == *" $source "* ]] || continue
      found=1
      note_filesystem "$number" "$kind" "$mount"
    done < <(printf '%s\n' "$table")
    [[ -n $found ]] || unmounted+=("$volume")
  done
}

note_filesystem() { # device number, kind, mount: once each, at a mount that no other one hides
  local index on_top='' number mount rest
  while read -r number rest mount rest; do
    [[ $mount != "$3" ]] || on_top=$number
  done < <(printf '%s\n' "$table")
  for index in "${!filesystems[@]}"; do
    [[ ${filesystems[index]} == "$1" ]] || continue
    [[ -n ${mounts[index]} || $on_top != "$1" ]] || mounts[index]=$3
    return
  done
  filesystems+=("$1")
  kinds+=("$2")
  anywhere+=("$3")
  if [[ $on_top == "$1" ]]; then mounts+=("$3"); else mounts+=(''); fi
}

# Fills chosen with the mounts to freeze, the deepest first, and skipped with the rest.
choose() {
  local path numbers system=' ' index reason
  for path in $system_paths; do
    # fails where the path does not exist
    numbers=$(findmnt --noheadings --raw --output MAJ:MIN --target "$path") && system+="${numbers//$'\n'/ } "
  done
  [[ $system != ' ' ]] || fail 7 NotSupported 'findmnt does not tell where / is'
  for ((index = ${#filesystems[@]} - 1; index >= 0; index--)); do
    reason=
    if [[ $system == *" ${filesystems[index]} "* ]]; then
      reason='the running system or the SSM agent writes to it'
    elif [[ $freezable != *" ${kinds[index]} "* ]]; then
      reason="${kinds[index]} can not be frozen"
    elif [[ -z ${mounts[index]} ]]; then
      reason='hidden under another mount'
    elif ! [[ ${mounts[index]} =~ ^/[A-Za-z0-9_.:@+=/-]+$ ]]; then
      reason='its name holds a blank or a special character'
    fi
    if [[ -z $reason ]]; then
      chosen+=("${mounts[index]}")
    else
      skipped+="${skipped:+,}{\"mount\":$(quote "${anywhere[index]}"),\"reason\":$(quote "$reason")}"
    fi
  done
}

# Thaws twice: a filesystem whose freezing took longer than the time given must not stay frozen for ever.
# systemd makes a $ of each $$.
# shellcheck disable=SC2016
thaw_later='for round in 1 2; do for mount in "$$@"; do fsfreeze --unfreeze "$$mount"; done;'
# shellcheck disable=SC2016
thaw_later+=' [ "$$round" = 2 ] || sleep 30; done; true'

lock() { # facts, mounts in the order of freezing
  local facts=$1 index reversed=()
  shift
  for ((index = $#; index > 0; index--)); do reversed+=("${!index}"); done
  systemd-run --unit="$timer" --on-active="$SSM_Seconds" --timer-property=AccuracySec=100ms \
    --description="instance-mobility $facts" sh -c "$thaw_later" thaw "${reversed[@]}" 2>&1
}

# Somebody has the lock. Returns when it may be taken.
settle() {
  local described state owner until since left attempt
  described=$(unit Description "$timer.timer")
  state=$(unit SubState "$timer.timer")
  owner=$(fact owner "$described")
  until=$(fact until "$described")
  # an old systemd keeps a timer that has done its work
  if [[ -n $owner && $owner != "$SSM_Owner" && " waiting running " == *" $state "* ]]; then
    fail 3 HeldByAnother "the filesystems are frozen by $owner" "\"owner\":$(quote "$owner"),\"until\":$(quote "$until")"
  fi
  if [[ $owner == "$SSM_Owner" ]]; then
    left=$(fact mounts "$described")
    # sent twice: the other run may still be at it
    for ((attempt = 0; attempt < 10; attempt++)); do
      [[ $left == "$joined" && $(unit SubState "$timer.timer") == waiting ]] || break
      described=$(unit Description "$record.service")
      since=$(fact since "$described")
      [[ -z $since || $(fact until "$described") != "$until" ]] || answer "$since" "$until" "${chosen[@]}"
      sleep 1
    done
    # its time is up, or it had frozen something else, or its run died half-way
    # shellcheck disable=SC2086 # names of mounts hold no blanks: see choose
    left=$(thaw ${left//,/ })
    # shellcheck disable=SC2086
    [[ -z $left ]] || fail 6 ThawFailed "could not thaw: $left" "\"mounts\":$(list $left)"
  fi
  release
}

take() { # sets until, facts and said; false if somebody has the lock
  until=$(date --date="$SSM_Seconds seconds" "$instant") || fail 7 NotSupported 'date does not answer'
  facts="owner=$SSM_Owner until=$until mounts=$joined"
  said=$(lock "$facts" "${chosen[@]}")
}

freeze() {
  local joined until facts said mount message since frozen=()
  printf -v joined '%s,' "${chosen[@]}"
  joined=${joined%,}
  # what was written so far goes to the disk while the applications still run
  sync
  if ! take; then
    settle
    take || { sleep 1 && take; } || fail 8 LockFailed "systemd made no timer: $said"
  fi
  for mount in "${chosen[@]}"; do
    message=$(fsfreeze --freeze "$mount" 2>&1) || undo "$mount" "could not freeze $mount: $message" "${frozen[@]}"
    frozen+=("$mount")
  done
  since=$(date "$instant")
  [[ $(unit SubState "$timer.timer") == waiting ]] || undo "$mount" 'the time was up before all were frozen' "${frozen[@]}"
  message=$(note "$facts since=$since") || undo "$mount" "systemd made no record: $message" "${frozen[@]}"
  answer "$since" "$until" "${frozen[@]}"
}

skipped='' unmounted=() missing=() filesystems=() kinds=() mounts=() anywhere=() chosen=()
check_parameters
need date findmnt fsfreeze lsblk sleep sync systemctl systemd-run
read_disks
table=$(findmnt --noheadings --raw --nofsroot --output MAJ:MIN,FSTYPE,TARGET,SOURCE) || fail 7 NotSupported 'findmnt does not answer'
find_filesystems
((${#missing[@]} == 0)) || fail 4 VolumeNotFound "no disk of this instance is ${missing[*]}" "\"volumes\":$(list "${missing[@]}")"
choose
((${#chosen[@]} > 0)) || answer '' ''
freeze
