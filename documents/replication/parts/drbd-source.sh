# The engine drbd on the source: declares its blocks to be the data.

drbd_offer() {
  local index said=''
  drbd_attach
  for index in "${!mounts[@]}"; do
    # once only: by force a second time could declare stale blocks to be the data
    [[ $(drbd_line "$index") == *'ds:Inconsistent/'* && $(drbd_line "$index") == *'cs:StandAlone '* ]] || continue
    must 6 EngineFailed 'DRBD does not take the data as it is' drbd_admin primary --force "$name-$index"
  done
  # also what a killed run has left: the other side could not serve
  drbd_demote || fail 6 EngineFailed "DRBD: $said"
}

drbd_ahead() {
  return 0
}

drbd_withdraw() {
  local index
  drbd_down
  for index in "${!mounts[@]}"; do settings[blank.$index]=yes; done
  # somebody waits for the plain device: what can not be written now the next preparation makes, and its own metadata serves as well
  (save_settings && drbd_prepare) 3>&2 || return 0
}
