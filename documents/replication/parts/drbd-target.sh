# The engine drbd on the target: waits for the blocks of the source.

# What is copied in the background waits in the same queue as what mounting reads: on a slow link that made the pause
# longer than a minute.
drbd_hold() {
  local index
  for index in "${!mounts[@]}"; do drbdsetup pause-sync "${settings[minor.$index]}" 2>/dev/null; done
}

drbd_follow() {
  local index
  for index in "${!mounts[@]}"; do
    ! drbd_configured "$index" || drbdsetup resume-sync "${settings[minor.$index]}" 2>/dev/null
  done
}

drbd_join() { # seconds
  local until=$((SECONDS + $1)) index
  for index in "${!mounts[@]}"; do
    # one side has everything: the source as a rule, this one where it served alone for a while
    while drbd_state "$index"; [[ $connected != yes || "$local_state $peer_state" != *UpToDate* ]]; do
      ((SECONDS < until)) || { said="volume $index: $(drbd_line "$index")" && return 1; }
      sleep 0.2
    done
  done
}

drbd_accept_loss() {
  local index
  remember lossAccepted yes
  drbd_configure
  for index in "${!mounts[@]}"; do
    drbd_configured "$index" || continue
    must 6 EngineFailed 'DRBD' drbdsetup resource-options "$name-$index" --on-no-data-accessible=io-error
    if [[ $(drbd_line "$index") == *'ro:Primary/'* ]]; then
      drbd_state "$index"
      [[ $suspended == no ]] || must 6 EngineFailed 'DRBD does not resume' drbdsetup resume-io "${settings[minor.$index]}"
    else
      must 6 EngineFailed 'DRBD does not serve what is here' drbd_admin primary --force "$name-$index"
    fi
  done
}
