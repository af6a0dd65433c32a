#!/bin/bash
# What the scripts of services have in common: how they answer, and what they ask systemd.
# shellcheck disable=SC2034,SC2154 # the scripts use what is set here, and set what is used

quote() { # text: as a JSON string
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

list() { # texts: as a JSON array
  local comma='' text
  printf '['
  for text in "$@"; do
    printf '%s%s' "$comma" "$(quote "$text")"
    comma=,
  done
  printf ']'
}

fail() { # exit status, error, message, further members
  printf '%s\n' "$3" >&2
  printf '{"error":"%s","message":%s%s}\n' "$2" "$(quote "$3")" "${4:+,$4}"
  exit "$1"
}

need() { # commands
  local name
  for name in "$@"; do
    [[ -n $(command -v "$name") ]] || fail 7 NotSupported "this system has no command $name"
  done
}

now() {
  date +%Y-%m-%dT%H:%M:%S.%3NZ
}

clock_synchronized() { # true, false, or null where nobody can tell
  case $(timedatectl show --property=NTPSynchronized 2>&1) in
    NTPSynchronized=yes) printf true ;;
    NTPSynchronized=no) printf false ;;
    *) printf null ;;
  esac
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
