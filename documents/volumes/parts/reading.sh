#!/bin/bash
# How far the readers of volumes are: each has a unit and a log in /run, both named after its volume.
# shellcheck disable=SC2034,SC2154 # the scripts use what is set here, and set what is used

read_log() { # volume: fills log, unit, state, size, done_bytes, hot and problem
  local word rest line
  log=/run/instance-mobility-warm-up-$1.log unit=instance-mobility-warm-up-$1.service
  state=none size=0 done_bytes=0 hot=null problem=
  while read -r word rest; do
    case $word in
      size) state=lost size=$rest ;;
      hot) hot=$rest ;;
      read) done_bytes=$rest ;;
      failed) state=failed problem=$rest ;;
      complete) state=complete ;;
    esac
  done < <(cat "$log" 2>&1)
  [[ $state == none || $state == lost ]] || return 0
  line=$(systemctl show --property=SubState "$unit" 2>&1)
  [[ $line != SubState=running ]] || state=reading
}

answer_reading() { # of volumes
  local volume log unit state size done_bytes hot problem all=''
  for volume in "${volumes[@]}"; do
    read_log "$volume"
    [[ -n $problem ]] && problem=$(quote "${problem:0:200}") || problem=null
    all+="${all:+,}{\"volume\":\"$volume\",\"state\":\"$state\",\"bytes\":$size,\"read\":$done_bytes,\"hot\":$hot,\"problem\":$problem}"
  done
  printf '{"volumes":[%s]}\n' "$all"
}
