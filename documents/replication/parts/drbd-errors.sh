# The engine drbd: what is wrong, in words that say what to do. E_errors VOLUME prints a line for each.

drbd_errors() { # volume, after drbd_state
  local admin="drbdadm --config-file $directory/drbd.conf" resource=$name-$1 log
  [[ -n $local_state ]] || return 0
  case $local_state in
    Diskless | Failed)
      printf '%s: the device %s failed or is gone; what it held is read from the other side while that is there\n' "${mounts[$1]}" "${devices[$1]}"
      ;;
  esac
  if [[ $(drbd_line "$1") == *'cs:StandAlone '* ]]; then
    log=$(dmesg | grep "drbd${settings[minor.$1]}: \|drbd $resource" | grep -i 'split-brain detected\|unrelated data' | tail -n 1)
    case $log in
      *[Ss]plit*)
        printf '%s: split brain: both sides were written while they could not see each other. Nothing is resolved by itself. ' "${mounts[$1]}"
        printf 'Decide whose writes to give up; stop its services and unmount there, run there "%s secondary %s" and ' "$admin" "$resource"
        printf '"%s connect --discard-my-data %s", then resume on the other side\n' "$admin" "$resource"
        ;;
      *[Uu]nrelated*) printf '%s: the two sides do not know each other: release both and prepare anew\n' "${mounts[$1]}" ;;
      *) printf '%s: not connected, and DRBD does not try any more: run resume; if it happens again, see the log of the kernel\n' "${mounts[$1]}" ;;
    esac
  fi
  if [[ $suspended == yes ]]; then
    printf '%s: the other side is gone with blocks that are nowhere else: reads and writes wait until it is back. ' "${mounts[$1]}"
    printf 'If it is gone for good, resume with AcceptLoss=yes gives those blocks up\n'
  fi
}
