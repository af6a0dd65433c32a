# The engine md: what is wrong, in words that say what to do. E_errors VOLUME prints a line for each.

md_errors() { # volume, after md_state
  if [[ $role == target && $local_state == Failed ]]; then
    printf '%s: the device %s failed or is gone; what it held is read from the other side while that is there\n' "${mounts[$1]}" "${devices[$1]}"
  fi
  if [[ $connected == yes && $peer_role == primary && ($role == source && ${settings[serves]} == yes || -e $session_run.primary) ]]; then
    if [[ $role == source || -e $directory/alone-$1 ]]; then
      printf '%s: split brain: both sides were written while they could not see each other. Nothing is resolved by itself. ' "${mounts[$1]}"
      printf 'Decide whose writes to give up: stop its services, unmount and switch off that host, then finalize on the other\n'
    else
      printf '%s: the other side serves: what waits here was never acknowledged. Give up this side\n' "${mounts[$1]}"
    fi
  fi
  if [[ $suspended == yes ]]; then
    printf '%s: the other side is gone with blocks that are nowhere else: reads and writes wait until it is back. ' "${mounts[$1]}"
    printf 'If it is gone for good, resume with AcceptLoss=yes gives those blocks up\n'
  fi
}
