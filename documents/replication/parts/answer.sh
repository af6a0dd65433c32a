# Answers: exactly one line of JSON on standard output; everything else that a command prints goes to standard error.

begin() { # keeps the real standard output for the answer alone
  export LC_ALL=C TZ=UTC PATH=/usr/sbin:/usr/bin:/sbin:/bin
  umask 077
  exec 3>&1 1>&2
  on_failure=
  trap 'fail 6 EngineFailed "the step was ended from outside"' HUP INT TERM
}

quote() { # text: as a JSON string
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[^ -~]/ }"
}

quote_or_null() { # text: as a JSON string; null where it is empty
  if [[ -n $1 ]]; then quote "$1"; else printf null; fi
}

# part: list.sh

truth() { # command: true or false, as it ends
  if "$@" >/dev/null 2>&1; then printf true; else printf false; fi
}

now() { # the instant, to the millisecond
  date +%Y-%m-%dT%H:%M:%S.%3NZ
}

clock_synchronized() { # true, false, or null where nobody can tell
  case $(timedatectl show --property=NTPSynchronized 2>/dev/null) in
    NTPSynchronized=yes) printf true ;;
    NTPSynchronized=no) printf false ;;
    *) printf null ;;
  esac
}

milliseconds() { # since 1970
  date +%s%3N
}

answer() { # one line of JSON
  printf '%s\n' "$1" >&3
  exit 0
}

# The function that on_failure names puts back what this step has changed so far.
fail() { # exit status, error, message, further members
  local undo=$on_failure
  trap '' HUP INT TERM
  printf '%s\n' "$3" >&2
  on_failure=
  [[ -z $undo ]] || "$undo"
  printf '{"error":"%s","message":%s%s}\n' "$2" "$(quote "$3")" "${4:+,$4}" >&3
  exit "$1"
}

must() { # exit status, error, what was tried, command: fails with what the command says
  local status=$1 error=$2 what=$3 said
  shift 3
  said=$("$@" 2>&1) || fail "$status" "$error" "$what: ${said:-$1 failed without a word}"
}
