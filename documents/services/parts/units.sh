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
