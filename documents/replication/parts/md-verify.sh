# The engine md: comparing all blocks of the two sides while the services run.
#
# md does it by itself once started, reads all of the source's blocks over the network for that, and says in the kernel's
# log that it came to the end. Where that line was lost, it is done once more.

md_verify_start() {
  local index
  for index in "${!mounts[@]}"; do md_verify_begin "$index" check; done
}

md_verify_begin() { # volume, check or repair
  local up base
  up=$(kernel_now)
  settings[verifySince.$1]=$up
  settings[verifyDone.$1]=no
  settings[verifyBoot]=$(</proc/sys/kernel/random/boot_id)
  save_settings
  md_sysfs "$1"
  printf '%s' "$2" >"$base/sync_action" || fail 6 EngineFailed "md does not $2 ${mounts[$1]}"
}

md_verified() { # volume: whether the log says that this came to its end since it began
  local at since=${settings[verifySince.$1]:-0}
  # "check" since Linux 6.11
  at=$(kernel_log | sed -n "s/^\[ *\([0-9.]*\)\].*md: md${settings[minor.$1]}: \(data-\)\{0,1\}check done\..*/\1/p" | sort -n | tail -n 1)
  # a point in time of this boot, compared in hundredths
  [[ -n $at && ${settings[verifyBoot]} == "$(</proc/sys/kernel/random/boot_id)" ]] && ((10#${at//./} / 10000 >= 10#${since//./}))
}

md_verify_state() { # volume
  local progress sectors base
  md_state "$1"
  md_sysfs "$1"
  checked=0 differing=${settings[differing.$1]:-0} verify=broken
  if [[ ${settings[verifyDone.$1]} == yes ]]; then
    verify='done' checked=${sizes[$1]}
    return
  fi
  if [[ $state == verifying ]]; then
    verify=running
    read -r progress <"$base/sync_completed"
    # "done / all"
    progress=${progress%% *}
    [[ ! $progress =~ ^[0-9]+$ ]] || checked=$((progress * 512))
    return
  fi
  # the state changes a moment before the log has the line
  sleep 1
  if md_verified "$1"; then
    read -r sectors <"$base/mismatch_cnt"
    verify='done' checked=${sizes[$1]} differing=$((sectors * 512))
    settings[differing.$1]=$differing
    remember "verifyDone.$1" yes
  elif [[ $state == synchronised && -n ${settings[verifySince.$1]} ]]; then
    md_verify_begin "$1" check
    verify=running
  fi
}

# Near is the first slot: from there it is copied to far.
md_verify_repair() {
  local index until=$((SECONDS + 60))
  for index in "${!mounts[@]}"; do
    ((${settings[differing.$index]:-0} > 0)) || continue
    md_state "$index"
    [[ $state == verifying ]] || md_verify_begin "$index" repair
    while md_state "$index"; [[ $state != synchronised ]]; do
      ((SECONDS < until)) || fail 8 WrongState 'the blocks that differ are still being copied: try again'
      sleep 0.5
    done
    remember "differing.$index" 0
  done
}
