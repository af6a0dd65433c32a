#!/bin/bash
# How a clone is held back from a cluster, becomes a member of it, and leaves: the units of a volume that it writes to.
# shellcheck disable=SC2034,SC2154 # the scripts use what is set here, and set what is used

records=/var/lib
record_name=instance-mobility-writes-

read_record() { # volume: fills kind, mount, options, cluster and services; false where this instance does not write to it
  read -r kind mount options cluster services < <(cat "$records/$record_name$1" 2>&1)
  [[ $kind =~ ^(gfs2|ocfs2)$ && $mount == /* && -n $services ]]
}

units_of() { # list: fills units
  local unit
  units=()
  for unit in ${1//,/ }; do [[ $unit == none ]] || units+=("$unit"); done
}

property() { # property, unit
  local line
  line=$(systemctl show --property="$1" "$2" 2>&1)
  printf '%s' "${line#*=}"
}

hold() { # units: whatever asks for them from now on, a boot above all, they do not start; sets said; false if that can not be seen to
  local unit
  for unit in "$@"; do
    : "$(mkdir --parents "/etc/systemd/system/$unit.d" 2>&1)"
    said=$(printf '# instance-mobility: held until this instance is a member of its cluster by itself\n[Unit]\nConditionPathExists=/run/instance-mobility-released\n' |
      tee "/etc/systemd/system/$unit.d/instance-mobility.conf" 2>&1) || return 1
  done
  said=$(systemctl daemon-reload 2>&1)
}

let_start() { # units
  local unit
  for unit in "$@"; do : "$(rm --force "/etc/systemd/system/$unit.d/instance-mobility.conf" 2>&1)"; done
  said=$(systemctl daemon-reload 2>&1)
}

start() { # units, in this order; sets said; false at the first that does not run
  local unit
  for unit in "$@"; do
    said=$(systemctl start "$unit" 2>&1) || { said="$unit does not start: $said"; return 1; }
    [[ $(property ActiveState "$unit") == active || $(property Type "$unit") == oneshot ]] || { said="$unit does not run"; return 1; }
  done
}

stop() { # units, the last first; sets said; false if one does not stop
  local index word ended=0
  for ((index = $#; index > 0; index--)); do
    word=$(systemctl stop "${!index}" 2>&1) || { said="${!index} does not stop: $word"; ended=1; }
  done
  return "$ended"
}

device_of() { # disk, filesystem: the device that holds it, or nothing
  local name held
  while read -r name held; do
    [[ $held == "$2" ]] || continue
    printf '%s' "$name"
    return
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$1")
}
