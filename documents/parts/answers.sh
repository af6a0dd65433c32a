#!/bin/bash
# How a script answers: one line of JSON on standard output, and an exit status.

quote() { # text: as a JSON string
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

or_null() { # text: as a JSON string, or null if it is empty
  if [[ -n $1 ]]; then quote "$1"; else printf null; fi
}

# part: list.sh

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

clock_synchronized() { # true, false, or null where nobody can tell
  case $(timedatectl show --property=NTPSynchronized 2>&1) in
    NTPSynchronized=yes) printf true ;;
    NTPSynchronized=no) printf false ;;
    *) printf null ;;
  esac
}
