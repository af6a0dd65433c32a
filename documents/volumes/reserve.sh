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
# others are registered a cluster reserves, and nothing is done. What is released is only what this key holds: also if its holder is not
# the host that this instance is now, as may be after a stop and a start, for then nobody else could.
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
# part: disks.sh
# part: shares.sh
# part: reservation.sh

WRITE_EXCLUSIVE=1

look() { # volume, disk: fills report, type, mine (how many hosts are registered by this key), holds (whether one of them holds it) and others
  local status key
  report_on "$2" || fail 7 NotSupported "$1 tells of no NVMe reservations: $report" "\"volume\":\"$1\""
  type=$(type_in) mine=0 others=0 holds=false
  while read -r status key; do
    [[ -n $key ]] || continue
    if [[ $key != "$number" ]]; then
      ((others += 1))
    else
      ((mine += 1))
      (((status & 1) == 0)) || [[ $type != "$WRITE_EXCLUSIVE" ]] || holds=true
    fi
  done < <(registrants_in)
}

register() { # disk: by the key; who is registered by it already stays so
  nvme resv-register "$1" --nrkey="0x$SSM_Key" --rrega=0 2>&1
}

acquire() { # disk, how: 0 for what is free, 1 from the host that has it by this key
  nvme resv-acquire "$1" --crkey="0x$SSM_Key" --prkey="0x$SSM_Key" --rtype="$WRITE_EXCLUSIVE" --racqa="$2" 2>&1
}

unregister() { # disk: and with the key the reservation goes
  nvme resv-register "$1" --crkey="0x$SSM_Key" --rrega=1 2>&1
}

hold() { # volume, disk
  local said
  if ((others > 0)) || [[ $type != 0 && $holds == false ]]; then
    fail 5 Reserved "$1 has a reservation of type $type and $others other registrants: what uses it with reservations fences by itself" \
      "\"volume\":\"$1\",\"type\":$type"
  fi
  # keys are told to everybody, hosts are not: who is the holder stays the only one when it registers once more
  said=$(register "$2")
  [[ $holds == true ]] || said+=$(acquire "$2" 0)
  look "$1" "$2"
  if ((mine > 1)); then
    said=$(unregister "$2")
    fail 5 Reserved "$1 is reserved by this key for another host (was this instance stopped and started since?): release it first" "\"volume\":\"$1\",\"type\":$type"
  fi
  [[ $holds == true ]] && return
  release "$1" "$2"
  fail 8 ReservationFailed "$1 could not be reserved: $said" "\"volume\":\"$1\""
}

release() { # volume, disk
  local said=''
  ((mine > 0)) || return 0
  said=$(unregister "$2")
  look "$1" "$2"
  if ((mine > 0)); then
    said+="; $(register "$2"); $(acquire "$2" 1); $(unregister "$2")"
    look "$1" "$2"
  fi
  ((mine == 0)) || fail 8 ReservationFailed "the reservation of $1 could not be released: $said" "\"volume\":\"$1\""
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
  found+="${found:+,}{\"volume\":\"$volume\",\"type\":$type,\"held\":$holds}"
done
printf '{"reservations":[%s]}\n' "$found"
