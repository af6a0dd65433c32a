# The engine drbd: who serves, and how fast the rest follows.

drbd_offer() {
  local index
  drbd_attach
  for index in "${!mounts[@]}"; do
    # once only: by force a second time could declare stale blocks to be the data
    [[ $(drbd_line "$index") == *'ds:Inconsistent/'* && $(drbd_line "$index") == *'cs:StandAlone '* ]] || continue
    must 6 EngineFailed 'DRBD does not take the data as it is' drbd_admin primary --force "$name-$index"
    must 6 EngineFailed 'DRBD' drbd_admin secondary "$name-$index"
  done
}

drbd_withdraw() {
  local index
  drbd_down
  for index in "${!mounts[@]}"; do settings[blank.$index]=yes; done
  save_settings
  drbd_prepare
}

drbd_complete() { # volume, after drbd_state
  [[ $local_state == UpToDate ]]
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

drbd_promote() {
  local index
  for index in "${!mounts[@]}"; do
    [[ $(drbd_line "$index") != *'ro:Primary/'* ]] || continue
    said=$(drbd_admin primary "$name-$index" 2>&1) || return 1
  done
}

drbd_demote() {
  local index
  for index in "${!mounts[@]}"; do
    [[ $(drbd_line "$index") == *'ro:Primary/'* ]] || continue
    said=$(drbd_admin secondary "$name-$index" 2>&1) || return 1
  done
}

drbd_rates() {
  local index
  [[ ! -s $directory/drbd.conf ]] || drbd_configure
  for index in "${!mounts[@]}"; do
    drbd_attached "$index" || continue
    drbdsetup disk-options "${settings[minor.$index]}" --c-min-rate="${settings[minRate]}k" --c-max-rate="${settings[maxRate]}k"
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
