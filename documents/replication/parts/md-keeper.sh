# The engine md on the target: asks the source, and keeps the connection.

md_ask() { # seconds, verb: sets reply; false where nobody answers
  local as=secondary complete lefts up
  wireguard_addresses
  [[ ! -e $session_run.primary || $2 == leave ]] || as=primary
  md_summary
  md_uptime
  # shellcheck disable=SC2016 # the inner shell expands them
  reply=$(timeout "$1" bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\n" "$3" >&3 && read -r line <&3 && printf "%s" "$line"' \
    ask "$peer_address" "${settings[port]}" "${settings[session]} $2 $as $complete $lefts" 2>/dev/null)
  [[ $reply =~ ^(primary|secondary)\ ([0-9]+|-)$ ]] || return 1
  printf '%s %s\n' "$up" "$reply" >"$session_run.heard.new" && mv -f "$session_run.heard.new" "$session_run.heard"
}

md_summary() { # sets complete and lefts
  local index lacking action
  complete=yes lefts=''
  for index in "${!mounts[@]}"; do
    lacking=${sizes[index]}
    if md_running "$index"; then
      read -r action <"$(md_sysfs "$index")/sync_action"
      md_lacking "$index" near "$(md_leg_state "$index" near)" "$action"
    fi
    # what was finalized is here, and more is not asked
    [[ $(phase) != finalizing || ${settings[lossAccepted]} == yes ]] || lacking=0
    lefts+=${lefts:+,}$lacking
    [[ ! -e $directory/alone-$index ]] || complete=no
  done
}

md_keeper_start() {
  ! systemctl is-active --quiet "$unit-keeper" || return 0
  md_program keeper md_keep
  systemctl reset-failed "$unit-keeper" 2>/dev/null
  must 6 EngineFailed 'can not start the keeper' systemd-run --quiet --unit="$unit-keeper" --property=Restart=always --property=RestartSec=2 \
    --property=StartLimitIntervalSec=0 --description='instance-mobility: keeps the connection of a replication' bash "$directory/keeper" "${settings[session]}"
}

md_keeper_stop() {
  systemctl stop --quiet "$unit-keeper.service" 2>/dev/null
}

md_keep() {
  local silent_since='' said='' reply up index
  while sleep 2; do
    md_lock
    [[ -r $directory/settings ]] || exit 0
    read_settings "$directory"
    if md_ask 5 hello; then
      silent_since=''
      [[ $reply != secondary\ * || ! -e $session_run.wanted ]] || md_mend
    else
      md_uptime
      silent_since=${silent_since:-$up}
      ((up - silent_since < 1000)) || md_keep_alone
    fi
    md_unlock
  done
}

md_mend() { # connects again where that is needed
  local index
  md_connected_to "${reply#* }" || md_reconnect || { printf '%s\n' "$said" && return; }
  for index in "${!mounts[@]}"; do
    [[ ! -e $directory/alone-$index ]] || md_rejoin "$index"
  done
}

md_keep_alone() {
  local index
  [[ -e $session_run.primary && ${settings[lossAccepted]} != yes ]] || return 0
  for index in "${!mounts[@]}"; do
    [[ $(md_leg_state "$index" near) != *in_sync* || -e $directory/alone-$index && $(md_leg_state "$index" far) != *in_sync* ]] || md_go_alone "$index"
  done
}
