#!/bin/bash
# What is remembered from a freeze to its thaw.
# shellcheck disable=SC2154 # the scripts set what is used

fact() { # name, description of a unit: the value noted there, or nothing
  [[ " $2 " =~ " $1="([^ ]+)" " ]] && printf '%s' "${BASH_REMATCH[1]}"
}

unit() { # property, unit
  local line
  line=$(systemctl show --property="$1" "$2" 2>&1) && printf '%s' "${line#*=}"
}

release() { # gives up the lock, and clears what an old systemd or a failed unit leaves behind
  : "$(systemctl stop "$timer.timer" "$timer.service" 2>&1)" "$(systemctl reset-failed "$timer.timer" "$timer.service" 2>&1)"
}

note() { # facts: remembers them until the next freeze or reboot, as the description of a unit that does nothing
  local attempt said
  : "$(systemctl stop "$record.service" 2>&1)"
  for attempt in 1 2 3; do # a unit that was just stopped may still be known for a moment
    ((attempt == 1)) || sleep 1
    said=$(systemd-run --unit="$record" --remain-after-exit --description="instance-mobility $1" true 2>&1) && return
  done
  printf '%s' "$said"
  return 1
}
