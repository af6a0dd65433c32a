# The engine md on the target: asks the source, and keeps the connection.

md_question() { # verb: sets question
  local as=secondary lefts='' complete=yes index lacking leg action now=''
  [[ ! -e $session_run.primary || $1 == leave ]] || as=primary
  read -r now <"$directory/phase"
  for index in "${!mounts[@]}"; do
    lacking=${sizes[index]}
    ! md_running "$index" || md_lacking "$index" near
    # what was finalized is here, and more is not asked
    [[ $now != finalizing || ${settings[lossAccepted]} == yes ]] || lacking=0
    lefts+=${lefts:+,}$lacking
    [[ ! -e $directory/alone-$index ]] || complete=no
  done
  question="${settings[session]} $1 $as $complete $lefts"
}

md_note() { # what was answered, or none: sets nothing; false where it is no answer
  local up
  md_uptime
  [[ $1 == none || $1 =~ ^(primary|secondary)\ ([0-9]+|-)$ ]] || return 1
  printf '%s %s\n' "$up" "$1" >"$session_run.heard"
}

md_ask() { # seconds, verb: sets reply; false where nobody answers
  local question
  wireguard_addresses
  md_question "$2"
  # shellcheck disable=SC2016 # the inner shell expands them
  reply=$(timeout "$1" bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\n" "$3" >&3 && read -r line <&3 && printf "%s" "$line"' \
    ask "$peer_address" "${settings[port]}" "$question" 2>/dev/null)
  md_note "$reply"
}

# As md_ask hello, by a connection that is kept: a process for each question would be the load of a small host.
md_hello() {
  local question
  if [[ -z $line ]]; then
    # the shell's own attempt would have no end
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$peer_address" "${settings[port]}" 2>/dev/null &&
      exec {line}<>"/dev/tcp/$peer_address/${settings[port]}" || { line='' && md_note none && return 1; }
  fi
  md_question hello
  printf '%s\n' "$question" >&"$line" && read -r -t 3 reply <&"$line" && md_note "$reply" && return
  exec {line}>&-
  line=''
  md_note none
  return 1
}

md_keeper_start() {
  ! systemctl is-active --quiet "$unit-keeper" || return 0
  md_program keeper md_keep
  systemctl reset-failed "$unit-keeper" 2>/dev/null
  must 6 EngineFailed 'can not start the keeper' systemd-run --quiet --unit="$unit-keeper" --property=Restart=always --property=RestartSec=2 \
    --property=StartLimitIntervalSec=0 --description='instance-mobility: keeps the connection of a replication' bash "$session_run.keeper" "${settings[session]}"
}

md_keeper_stop() {
  systemctl stop --quiet "$unit-keeper.service" 2>/dev/null
}

md_keep() {
  local silent_since='' said='' reply up line=''
  local -A counted=()
  # a connection that breaks is an answer, too
  trap '' PIPE
  while sleep 1; do
    md_yield
    wireguard_addresses
    if md_hello; then
      silent_since=''
      [[ $reply != secondary\ * || ! -e $session_run.wanted ]] || md_mend
    else
      md_uptime
      silent_since=${silent_since:-$up}
      ((up - silent_since < 1500)) || md_keep_alone
    fi
  done
}

# While the application is busy md does not hold to its least rate: above it, it only lets what it has asked for arrive before
# it asks for more (md_do_sync in the kernel's drivers/md/md.c), which fills a slow link all the same. So the most is the
# least as long as there is anything else to do, as DRBD understands its c-min-rate. md holds it on the average of up to
# half a minute: what it was ahead it makes good by standing still.
md_yield() { # uses counted
  local index base fields sectors busy most want
  for index in "${!mounts[@]}"; do
    md_running "$index" || continue
    md_sysfs "$index"
    # what the application reads and writes, and what it waits for; what md copies is not in it
    read -ra fields <"${base%/md}/stat"
    sectors=$((fields[2] + fields[6])) busy=yes
    # 64 sectors in a second are nothing to the kernel either
    ((fields[8] > 0 || sectors - ${counted[$index]:-$sectors} > 64)) || busy=no
    counted[$index]=$sectors
    md_most "$busy"
    # a step may change both just now: the next second sees to it
    read -r most _ <"$base/sync_speed_max"
    ((most == want)) || printf '%s' "$want" >"$base/sync_speed_max"
  done
}

md_most() { # whether the application is busy, after md_sysfs: sets want
  read -r want _ <"$base/sync_speed_min"
  [[ $1 == no && -r $directory/settings ]] || return 0
  # a step may have changed it
  read_settings "$directory"
  want=${settings[mostOfEach]:-${settings[maxRate]}}
}

md_mend() { # connects again where that is needed
  local index
  if ! md_connected_to "${reply#* }"; then
    md_lock
    # a step may have been faster, or may have taken it apart
    [[ ! -e $session_run.wanted ]] || md_connected_to "${reply#* }" || md_reconnect || printf '%s\n' "$said"
    md_unlock
    return
  fi
  for index in "${!mounts[@]}"; do
    [[ -e $directory/alone-$index ]] || continue
    md_lock
    [[ ! -e $session_run.wanted ]] || md_rejoin "$index"
    md_unlock
  done
}

md_keep_alone() {
  local index leg
  [[ -e $session_run.primary && -e $session_run.wanted ]] || return 0
  for index in "${!mounts[@]}"; do
    md_leg "$index" near
    [[ $leg == *in_sync* ]] || continue
    md_leg "$index" far
    [[ ! -e $directory/alone-$index || $leg == *in_sync* ]] || continue
    md_lock
    [[ ! -e $session_run.wanted ]] || md_go_alone "$index"
    md_unlock
  done
}
