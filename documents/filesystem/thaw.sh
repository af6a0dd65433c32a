#!/bin/bash
#
# Thaws the filesystems that freeze.sh froze, and tells how long they really were frozen.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd 219 or later.
#
# Parameters
#   Owner    ARN of the execution that froze them
#
# Prints one line of JSON:
#   {"owner", "thawed": [mount], "since": all were frozen from this instant on, "frozenUntil": at least until this one,
#    "by": "command" this script thawed them | "timer" the time was up | "other" somebody else thawed one of them before,
#    "clockSynchronized": true | false | null}
#   frozenUntil is null if nobody can tell (by other, or a freeze that never was complete).
#   Where this owner froze nothing: thawed is empty, since, frozenUntil and by are null.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter
#   3 HeldByAnother     another owner holds a freeze ("owner", "until")
#   6 ThawFailed        these could not be thawed ("mounts"); the timer stays and tries once more
#   7 NotSupported      a command is missing or does not answer
#
# May be sent twice: the second gets the answer of the first, until somebody freezes again.

export LC_ALL=C TZ=UTC

# Agents older than 3.3.2746.0 know no interpolationType and write the value into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Owner+set} ]] || SSM_Owner='{{ Owner }}'

timer=instance-mobility-thaw
record=instance-mobility-freeze
instant=+%Y-%m-%dT%H:%M:%S.%3NZ

# part: answers.sh
# part: record.sh

answer() { # mounts separated by commas, since, frozen until, by
  # shellcheck disable=SC2086 # names of mounts hold no blanks: freeze.sh sees to that
  printf '{"owner":%s,"thawed":%s,"since":%s,"frozenUntil":%s,"by":%s,"clockSynchronized":%s}\n' "$(quote "$SSM_Owner")" \
    "$(list ${1//,/ })" "$(or_null "$2")" "$(or_null "$3")" "$(or_null "$4")" "$(clock_synchronized)"
  exit 0
}

# Fills stranger with the mounts that were not frozen, and left with those that do not thaw.
thaw() { # mounts, last frozen first
  local index message
  for ((index = $#; index > 0; index--)); do
    message=$(fsfreeze --unfreeze "${!index}" 2>&1) && continue
    # what fsfreeze says of a filesystem that is not frozen
    if [[ $message == *'Invalid argument'* ]]; then stranger+=" ${!index}"; else left+=" ${!index}"; fi
  done
}

[[ $SSM_Owner =~ ^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+$ ]] ||
  fail 2 InvalidParameter 'Owner is not the ARN of an execution'
need date fsfreeze sleep systemctl systemd-run

lock=$(unit Description "$timer.timer")
state=$(unit SubState "$timer.timer")
holder=$(fact owner "$lock")
frozen=$(unit Description "$record.service")
[[ $(fact owner "$frozen") == "$SSM_Owner" ]] || frozen=

if [[ $holder != "$SSM_Owner" ]]; then
  # an old systemd keeps a timer that has done its work
  if [[ -n $holder && " waiting running " == *" $state "* ]]; then
    fail 3 HeldByAnother "the filesystems are frozen by $holder" "\"owner\":$(quote "$holder"),\"until\":$(quote "$(fact until "$lock")")"
  fi
  lock=
fi

# thawed before, or frozen by nobody: say it again
if [[ -z $lock && ( -z $frozen || -n $(fact by "$frozen") ) ]]; then
  answer "$(fact mounts "$frozen")" "$(fact since "$frozen")" "$(fact ended "$frozen")" "$(fact by "$frozen")"
fi

# a lock without its own record belongs to a freeze that never was complete
[[ -z $lock || $(fact until "$frozen") == "$(fact until "$lock")" ]] || frozen=
mounts=$(fact mounts "${frozen:-$lock}")
since=$(fact since "$frozen")
until=$(fact until "${frozen:-$lock}")

stranger='' left=''
now=$(date "$instant") || fail 7 NotSupported 'date does not answer'
# shellcheck disable=SC2086
thaw ${mounts//,/ }
# shellcheck disable=SC2086
[[ -z $left ]] || fail 6 ThawFailed "could not thaw:$left" "\"mounts\":$(list $left)"

ended=$now by=command
if [[ $(unit SubState "$timer.timer") != waiting ]]; then
  # the timer was due at until or a little later
  by=timer
  [[ $now < $until ]] || ended=$until
elif [[ -n $stranger ]]; then
  by=other
fi
[[ -n $since && $by != other ]] || ended=

release
# without the record only a second thaw knows less
: "$(note "owner=$SSM_Owner until=$until mounts=$mounts by=$by${since:+ since=$since}${ended:+ ended=$ended}")"
answer "$mounts" "$since" "$ended" "$by"
