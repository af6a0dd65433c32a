#!/bin/bash
# What the scripts of services ask systemd.
# shellcheck disable=SC2034,SC2154 # the scripts use what is set here, and set what is used

now() {
  date +%Y-%m-%dT%H:%M:%S.%3NZ
}

check_units() { # sets units
  local unit='[A-Za-z0-9_.:@-]+\.(service|socket|timer|target)' name
  [[ $SSM_Services =~ ^$unit(,$unit)*$ ]] || fail 2 InvalidParameter 'Services is not a list of systemd units, separated by commas'
  units=()
  for name in ${SSM_Services//,/ }; do
    [[ $name != [.-]* ]] || fail 2 InvalidParameter "$name is not the name of a unit"
    units+=("$name")
  done
}

# What was stopped for a move, so that this and nothing else is started again: "<Owner> <unit> …". It outlives a reboot, and is on the target, too.
record=/var/lib/instance-mobility-services

check_owner() {
  [[ $SSM_Owner =~ ^[0-9a-z]{0,64}$ ]] || fail 2 InvalidParameter 'Owner is not the name of a move'
}

recorded() { # the units that were stopped for this owner; fails where nobody knows
  local by names
  read -r by names < <(cat "$record" 2>&1)
  [[ -n $SSM_Owner && $by == "$SSM_Owner" ]] && printf '%s' "$names"
}

remember() { # units; where that can not be written nobody knows
  [[ -z $SSM_Owner ]] || : "$(printf '%s\n' "$SSM_Owner $*" | tee "$record" 2>&1)"
}

property() { # property, unit
  local line
  line=$(systemctl show --property="$1" "$2" 2>&1)
  printf '%s' "${line#*=}"
}

start() { # units in the order of stopping; sets said
  local index word
  said=
  for ((index = $#; index > 0; index--)); do
    word=$(systemctl start "${!index}" 2>&1) || said+="${said:+; }$word"
  done
}
