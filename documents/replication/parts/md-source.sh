# The engine md on the source: offers the devices, and answers the target.

md_attach_source() {
  local index
  # who serves from the plain device does not offer it
  [[ ${settings[offered]} == yes && ${settings[serves]} != yes ]] || return 0
  for index in "${!mounts[@]}"; do
    mapper_exists "$name-$index-far" || must 6 EngineFailed "device mapper does not take ${devices[index]}" \
      dmsetup create "$name-$index-far" --table "0 $((sizes[index] / 512)) linear $(readlink -f "${devices[index]}") 0"
  done
}

md_offer() {
  remember offered yes
  md_attach
}

md_withdraw() {
  md_down
  settings[offered]=no
  (save_settings) 3>&2 || return 0
}

md_listen() {
  local unit_name=$unit-peer
  wireguard_addresses
  ! systemctl is-active --quiet "$unit_name" || return 0
  md_ahead
  md_program answer-peer md_answer_peer
  systemctl reset-failed "$unit_name" 2>/dev/null
  must 6 EngineFailed 'can not listen for the other side' systemd-run --quiet --unit="$unit_name" --property=Restart=always --property=RestartSec=1 \
    --property=StartLimitIntervalSec=0 --description='instance-mobility: answers the other side of a replication' \
    systemd-socket-activate --listen="$own_address:${settings[port]}" --accept --inetd bash "$session_run.answer-peer" "${settings[session]}"
}

md_deafen() {
  systemctl stop --quiet "$unit-peer.service" "$unit-nbd.service" 2>/dev/null
  rm -f "$session_run".{server,unused}
}

md_answer_peer() { # each line of standard input is a question; who asks may keep the connection
  local question
  while read -r -t 60 question; do md_answer "$question" || return; done
}

md_answer() { # question
  local verb role_told complete lefts own=secondary generation=- old='' old_lefts='' up now='' offered=yes
  [[ $1 =~ ^${settings[session]}\ (hello|attach|leave)\ (primary|secondary)\ (yes|no)\ [0-9]+(,[0-9]+)*$ ]] || return
  read -r _ verb role_told complete lefts < <(printf %s "$1")
  read_settings "$directory"
  [[ ${settings[serves]} != yes ]] || own=primary
  [[ $verb != leave ]] || role_told=none
  md_uptime
  printf '%s %s %s %s\n' "$up" "$role_told" "$complete" "$lefts" >"$session_run.heard"
  # what must be known after a reboot: whether all is here, and whether anything is nowhere else
  [[ ! -r $directory/peer ]] || read -r old old_lefts <"$directory/peer"
  [[ $complete-${lefts//[1-9]*/some} == "$old-${old_lefts//[1-9]*/some}" ]] || write "$directory/peer" "$complete $lefts"
  read -r now <"$directory/phase"
  if [[ $verb == attach && $own == secondary && $now == switched ]]; then
    md_lock
    read_settings "$directory"
    [[ ${settings[serves]} == yes ]] || md_serve_peer || offered=no
    md_unlock
  fi
  [[ $offered == no || ! -r $session_run.server ]] || read -r generation <"$session_run.server"
  printf '%s %s\n' "$own" "$generation" >&3
}

# nbd-server looks for a prime before it answers anybody, though nobody asked for TLS: a second, or a minute where the host is slow. What
# begins before the switch has found it by then; until then there is nothing that it could offer.
md_ahead() {
  [[ ${settings[serves]} != yes && $(phase) =~ ^(prepared|switched)$ ]] || return 0
  md_lock
  # an address may be another than at the last preparation
  [[ -r $session_run.server && $(<"$session_run.nbd.conf") == "$(md_server_settings)" ]] || md_serve_blocks
  md_unlock
}

# One that nobody was let to yet, once it answers: false while it does not, and it is not given up for that.
md_serve_peer() {
  wireguard_addresses
  { [[ -e $session_run.unused ]] && systemctl is-active --quiet "$unit-nbd.service"; } || md_serve_blocks || return
  timeout 20 bash -c 'exec 3<>"/dev/tcp/$0/$1" && read -r -N 8 -u 3 greeting' "$own_address" $((settings[port] + 1)) 2>/dev/null &&
    rm -f "$session_run.unused"
}

# Anew: the processes of the old server are gone, and with them all that they had still to write, before this one begins.
md_serve_blocks() {
  local other
  systemctl stop --quiet "$unit-nbd.service" 2>/dev/null
  systemctl reset-failed "$unit-nbd.service" 2>/dev/null
  rm -f "$session_run".{server,unused}
  # what another session prepared, and does not use yet, gives the port away
  for other in "$running"/*.unused; do
    [[ ! -e $other ]] || systemctl stop --quiet "instance-mobility-$(basename "$other" .unused)-nbd.service" 2>/dev/null
  done
  md_server_settings >"$session_run.nbd.conf"
  printf '%s\n' "$peer_address" >"$session_run.nbd-allowed"
  systemd-run --quiet --unit="$unit-nbd" --service-type=forking --property=KillSignal=SIGKILL \
    --description='instance-mobility: offers blocks to the other side of a replication' \
    nbd-server -C "$session_run.nbd.conf" && : >"$session_run.unused" && printf '%s\n' "$RANDOM$RANDOM$RANDOM" >"$session_run.server"
}

md_server_settings() { # sets own_address and peer_address, too
  local index
  wireguard_addresses
  printf '%s\n' "# for $peer_address" '[generic]' "listenaddr = $own_address" "port = $((settings[port] + 1))" 'allowlist = false'
  for index in "${!mounts[@]}"; do
    # sync: a write that was acknowledged outlives this host's memory
    printf '%s\n' "[$index]" "exportname = /dev/mapper/$name-$index-far" "authfile = $session_run.nbd-allowed" 'sync = true' 'flush = true' 'fua = true'
  done
}

md_promote_source() {
  local index at told=''
  md_lock
  [[ ! -r $session_run.heard ]] || read -r at told _ <"$session_run.heard"
  if [[ ${settings[serves]} != yes && $told == primary && ${SSM_PeerLost:-no} == no ]]; then
    md_unlock
    said='the target has begun to serve' && return 1
  fi
  # from here on it answers so
  remember serves yes
  systemctl stop --quiet "$unit-nbd.service" 2>/dev/null
  rm -f "$session_run".{server,unused}
  md_unlock
  for index in "${!mounts[@]}"; do
    ! mapper_exists "$name-$index-far" || said=$(dmsetup remove --retry "$name-$index-far" 2>&1) || return 1
  done
}

md_down_source() {
  local index
  md_deafen
  for index in "${!mounts[@]}"; do
    ! mapper_exists "$name-$index-far" ||
      must 6 EngineFailed "${devices[index]} is still in use" dmsetup remove --retry "$name-$index-far"
  done
}

md_farewell_source() {
  return 0
}
