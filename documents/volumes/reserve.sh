#!/bin/bash
#
# Takes an NVMe reservation on volumes of this instance, so that nobody else can write to them, or gives it back.
#
# SSM Command document, schema 2.2; runs as root on Linux, on the instance whose volumes others read.
#
# Parameters
#   Volumes  volume ids, separated by commas
#   Key      the key to reserve by, 13 hexadecimal digits: below 2^53, which whatever prints JSON can print
#   Action   hold, or release
#
# The reservation is of the type Write Exclusive: its holder reads and writes as before, all others can only read, whatever their
# kernels are told (NVM Express base specification, "Reservations"). One that somebody else has taken is never taken from them, and where
# others are registered a cluster reserves, and nothing is done. What is released is only what this key holds.
#
# Prints one line of JSON:
#   {"reservations": [{"volume", "type": of the reservation that is on it now, 0 for none, "held": whether it is by this key}]}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   4 VolumeNotFound    "volumes"
#   5 Reserved          others use reservations on it ("volume", "type")
#   7 NotSupported      a command is missing or does not answer, or the volume knows no reservations
#   8 ReservationFailed "volume"
#
# May be sent twice.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the values into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Volumes+set} ]] || SSM_Volumes='{{ Volumes }}'
[[ -n ${SSM_Key+set} ]] || SSM_Key='{{ Key }}'
[[ -n ${SSM_Action+set} ]] || SSM_Action='{{ Action }}'

# part: answers.sh
# part: reservation.sh

WRITE_EXCLUSIVE=1

look() { # volume, disk: fills report, type, mine (the status of this key, or nothing) and others (how many other keys are registered)
  local status key
  report_on "$2" || fail 7 NotSupported "$1 tells of no NVMe reservations: $report" "\"volume\":\"$1\""
  type=$(type_in) mine='' others=0
  while read -r status key; do
    [[ -n $key ]] || continue
    if [[ $key == "$number" ]]; then mine=$status; else ((others += 1)); fi
  done < <(registrants_in)
}

held() { # whether this key holds the reservation
  [[ -n $mine && $type == "$WRITE_EXCLUSIVE" ]] && (((mine & 1) == 1))
}

hold() { # volume, disk
  local said=''
  held && return
  if ((others > 0)) || [[ $type != 0 ]]; then
    fail 5 Reserved "$1 has a reservation of type $type and $others other registrants: what uses it with reservations fences by itself" \
      "\"volume\":\"$1\",\"type\":$type"
  fi
  [[ -n $mine ]] || said=$(nvme resv-register "$2" --nrkey="0x$SSM_Key" --rrega=0 2>&1)
  said+=$(nvme resv-acquire "$2" --crkey="0x$SSM_Key" --rtype="$WRITE_EXCLUSIVE" --racqa=0 2>&1)
  look "$1" "$2"
  held && return
  release "$1" "$2"
  fail 8 ReservationFailed "$1 could not be reserved: $said" "\"volume\":\"$1\""
}

release() { # volume, disk
  local said=''
  [[ -n $mine ]] || return 0
  held && said=$(nvme resv-release "$2" --crkey="0x$SSM_Key" --rtype="$WRITE_EXCLUSIVE" --rrela=0 2>&1)
  said+=$(nvme resv-register "$2" --crkey="0x$SSM_Key" --rrega=1 2>&1)
  look "$1" "$2"
  [[ -z $mine ]] || fail 8 ReservationFailed "the reservation of $1 could not be released: $said" "\"volume\":\"$1\""
}

[[ $SSM_Volumes =~ ^vol-[0-9a-f]{8,17}(,vol-[0-9a-f]{8,17})*$ ]] ||
  fail 2 InvalidParameter 'Volumes is not a list of volume ids, separated by commas'
[[ $SSM_Key =~ ^[1-9a-f][0-9a-f]{12}$ ]] || fail 2 InvalidParameter 'Key is not 13 hexadecimal digits'
[[ $SSM_Action =~ ^(hold|release)$ ]] || fail 2 InvalidParameter 'Action is neither hold nor release'
need lsblk nvme
read_disks
number=$((16#$SSM_Key)) missing=() found=''
for volume in ${SSM_Volumes//,/ }; do
  [[ -n $(disk_of "$volume") ]] || missing+=("$volume")
done
((${#missing[@]} == 0)) || fail 4 VolumeNotFound "no disk of this instance is ${missing[*]}" "\"volumes\":$(list "${missing[@]}")"
for volume in ${SSM_Volumes//,/ }; do
  disk=$(disk_of "$volume")
  look "$volume" "$disk"
  "$SSM_Action" "$volume" "$disk"
  if held; then ours=true; else ours=false; fi
  found+="${found:+,}{\"volume\":\"$volume\",\"type\":$type,\"held\":$ours}"
done
printf '{"reservations":[%s]}\n' "$found"
