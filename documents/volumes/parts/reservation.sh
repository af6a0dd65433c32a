#!/bin/bash
# What an NVMe reservation report says.
# shellcheck disable=SC2034,SC2154 # the scripts use what is set here, and set what is used

# Where the host's identifier has 128 bits, as on Nitro it may, the controller answers only in the extended structure; nvme-cli
# learned to ask for that by itself in 2025, has --eds since 2.0, and before that took the whole dword.
report_on() { # disk: what its controller tells of reservations, as JSON; false if it tells nothing
  local way
  for way in '' --eds --cdw11=1; do
    report=$(nvme resv-report "$1" ${way:+"$way"} --output-format=json 2>&1) && [[ $report =~ \"rtype\" ]] && return
  done
  return 1
}

type_in() { # the type of the reservation in the report, 0 for none
  [[ $report =~ \"rtype\"[[:space:]]*:[[:space:]]*([0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

registrants_in() { # of the report: a line "status key" for each that is registered, its lowest bit set for the one that holds the reservation
  local rest=$report status
  while [[ $rest =~ \"rcsts\"[[:space:]]*:[[:space:]]*([0-9]+)(.*)$ ]]; do
    status=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
    [[ $rest =~ \"rkey\"[[:space:]]*:[[:space:]]*([0-9]+) ]] && printf '%s %s\n' "$status" "${BASH_REMATCH[1]}"
  done
}
