# The engine drbd: comparing all blocks of the two sides while the services run.
#
# DRBD does it by itself once started, and says in the kernel's log that it came to the end. A connection that breaks
# ends it without that line; started again it goes on where it was. Where the line was lost, it is done once more.

drbd_verify_start() {
  local index up
  up=$(kernel_now)
  for index in "${!mounts[@]}"; do
    settings[verifySince.$index]=$up
    settings[verifyDone.$index]=no
    # from the beginning, not where an earlier one stopped
    must 6 EngineFailed 'DRBD does not verify' drbdsetup verify "${settings[minor.$index]}" --start=0
  done
  settings[verifyBoot]=$(</proc/sys/kernel/random/boot_id)
  save_settings
}

# The last seconds since boot at which the log says that this volume was verified to the end.
drbd_verified_at() { # volume
  kernel_log | sed -n "s/^\[ *\([0-9.]*\)\].*drbd${settings[minor.$1]}: Online verify *done .*/\1/p" | sort -n | tail -n 1
}

drbd_verify_state() { # volume
  local line at since=${settings[verifySince.$1]:-0}
  drbd_state "$1"
  checked=0 differing=$bytes_left verify=broken
  if [[ ${settings[verifyDone.$1]} == yes ]]; then
    verify='done' checked=${sizes[$1]}
    return
  fi
  if [[ $state == verifying ]]; then
    verify=running
    line=$(grep -A 3 "^ *${settings[minor.$1]}: cs:" /proc/drbd)
    # left/all, in KiB or MiB
    [[ $line =~ \(([0-9]+)/([0-9]+)\)([KM]) ]] && checked=$((sizes[$1] / BASH_REMATCH[2] * (BASH_REMATCH[2] - BASH_REMATCH[1])))
    return
  fi
  # DRBD says that it is connected again a moment before the log has the line
  at=$(sleep 1 && drbd_verified_at "$1")
  # a point in time of this boot, compared in hundredths
  if [[ -n $at && ${settings[verifyBoot]} == "$(</proc/sys/kernel/random/boot_id)" ]] && ((10#${at//./} / 10000 >= 10#${since//./})); then
    verify='done' checked=${sizes[$1]}
    remember "verifyDone.$1" yes
  elif [[ $state == synchronised && -n ${settings[verifySince.$1]} ]]; then
    # by the clock of this boot, or after a reboot its end would never be seen
    settings[verifySince.$1]=$(kernel_now)
    settings[verifyBoot]=$(</proc/sys/kernel/random/boot_id)
    save_settings
    drbdsetup verify "${settings[minor.$1]}" && verify=running
  fi
}

# Connecting anew copies the blocks that differ from the side that serves to the other.
drbd_verify_repair() {
  local index until=$((SECONDS + 60))
  for index in "${!mounts[@]}"; do
    drbd_state "$index"
    ((bytes_left > 0)) && [[ $state == synchronised ]] || continue
    must 6 EngineFailed 'DRBD does not disconnect' drbd_admin disconnect "$name-$index"
    must 6 EngineFailed 'DRBD does not connect' drbd_admin connect "$name-$index"
    while drbd_state "$index"; [[ $state != synchronised || $bytes_left != 0 ]]; do
      ((SECONDS < until)) || fail 8 WrongState 'the blocks that differ are still being copied: try again'
      sleep 0.5
    done
  done
}
