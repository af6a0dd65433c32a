# The engine md: a RAID 1 of Linux on the target, of its own device and, through NBD, the source's; for kernels without
# DRBD. The functions are those that drbd.sh tells of.
#
# On the target, for each volume: im-<Session>-<i>-path is multipath over the NBD device of the moment, and queues where
# there is none, so that a source that is away is never an error. im-<Session>-<i>-far is that path and behind it a tail,
# im-<Session>-<i>-near the plain device and a tail: what md notes lies in the tails, files beside the settings, and the
# plain devices of both sides stay alike to the byte. Near is slot 0 and far slot 1, write-mostly: what is compared or
# repaired goes from near to far. Near joins when the application is up, and is *recovered* from far; never is a resync
# begun with a near that is empty.
#
# On the source im-<Session>-<i>-far is the plain device alone, so that nobody mounts it meanwhile, and is what
# nbd-server offers, each write on the device before it is acknowledged. It begins anew whenever the other side asks for it,
# unless nobody was let to this one yet: what an older connection still carries must not come after what the newer did.
#
# NBD says nothing of who serves, so the target asks, each second by its keeper and in between by its steps; the source
# answers on the first port of the session. A question is "<Session> <verb> <role> <complete> <left>[,<left>...]":
# whether the source's devices have all that the target was told is written, and how many bytes of each volume the target
# lacks. Verbs: hello; attach, which begins the source's NBD server anew; leave. The answer is "<role> <generation of the
# NBD server, or - where it does not answer yet>".
#
# In files by side, for a document has 64 KB: md-source.sh and md-target.sh with what it names.

md_device() { # volume
  if [[ $role == source ]]; then printf '%s' "${devices[$1]}"; else printf '/dev/md%d' "${settings[minor.$1]}"; fi
}

md_sysfs() { # volume: sets base, what the kernel tells of its array
  base=/sys/class/block/md${settings[minor.$1]:-0}/md
}

md_prepare() {
  if [[ $role == target ]]; then
    md_prepare_target
  elif [[ $(phase) != switching ]]; then
    systemctl is-active --quiet "$unit-peer.service" || refuse_taken_port "${settings[port]}"
    # a server that is prepared gives the port away
    compgen -G "$running/*.unused" >/dev/null || systemctl is-active --quiet "$unit-nbd.service" || refuse_taken_port $((settings[port] + 1))
  fi
}

md_attach() {
  "md_attach_$role"
}

md_attached() { # volume
  if [[ $role == source ]]; then mapper_exists "$name-$1-far"; else mapper_exists "$name-$1-near"; fi
}

md_connect() {
  if [[ $role == source ]]; then md_listen; else md_keeper_start; fi
}

md_up() {
  md_attach
  md_connect
}

md_running() { # volume
  local array_state=clear base
  md_sysfs "$1"
  [[ ! -r $base/array_state ]] || read -r array_state <"$base/array_state"
  [[ $array_state != clear && $array_state != inactive ]]
}

md_leg() { # volume, near or far: sets leg to its state in the words of md, nothing where it is no member
  local base link=rd0
  md_sysfs "$1"
  [[ $2 == near ]] || link=rd1
  leg=''
  [[ ! -r $base/$link/state ]] || read -r leg <"$base/$link/state"
}

# The bytes that a leg lacks. What is recovered by the bitmap counts from the beginning, too: that is the most it can be.
md_lacking() { # volume, near or far: sets lacking, leg and what md does, action
  local base link=rd0 start='' progress=''
  md_sysfs "$1"
  md_leg "$1" "$2"
  [[ $2 == near ]] || link=rd1
  action='' lacking=0
  [[ ! -r $base/sync_action ]] || read -r action <"$base/sync_action"
  [[ ,$leg, != *,in_sync,* ]] || return 0
  lacking=${sizes[$1]}
  [[ -n $leg && ,$leg, != *,faulty,* ]] || return 0
  read -r start <"$base/$link/recovery_start"
  [[ $action != recover ]] || read -r progress <"$base/sync_completed"
  [[ $start =~ ^[0-9]+$ ]] || start=0
  # "done / all"
  progress=${progress%% *}
  [[ ! $progress =~ ^[0-9]+$ ]] || ((progress <= start)) || start=$progress
  lacking=$((sizes[$1] - start * 512))
}

# What is known of the other side, by what was heard within the last seconds: connected, peer_role, and on the source
# heard_complete, heard_lefts, which outlive a reboot.
md_heard() {
  local at='' role_heard='' up attempt complete lefts
  connected=no peer_role='' heard_complete=yes heard_lefts=''
  [[ ! -r $directory/peer ]] || read -r heard_complete heard_lefts <"$directory/peer"
  # it is written in place, and may just be empty
  for attempt in 1 2 3; do
    [[ ! -r $session_run.heard ]] || ! read -r at role_heard complete lefts <"$session_run.heard" || break
  done
  md_uptime
  [[ $at =~ ^[0-9]+$ ]] || return 0
  [[ $role == target ]] || heard_complete=$complete heard_lefts=$lefts
  [[ $role_heard != none ]] && ((up - at <= 1000)) || return 0
  connected=yes peer_role=$role_heard
}

md_uptime() { # sets up: hundredths of a second since boot
  read -r up _ </proc/uptime
  up=$((10#${up/./}))
}

md_state() { # volume
  local base leg action='' lacking speed each alone=no
  state=waiting local_state='' peer_state='' peer_role='' connected=no suspended=no bytes_left=${sizes[$1]} rate=0
  md_heard
  if [[ $role == source ]]; then
    IFS=, read -ra each < <(printf %s "$heard_lefts")
    bytes_left=${each[$1]:-${sizes[$1]}}
    [[ $heard_complete == no ]] && local_state=Inconsistent || local_state=UpToDate
    [[ $connected == no ]] || { ((bytes_left > 0)) && peer_state=Inconsistent || peer_state=UpToDate; }
    [[ ${settings[offered]} == yes ]] || return 0
  else
    if ! md_running "$1"; then
      [[ $(phase) == prepar* || $(phase) == fallen-back ]] || state=stopped
      return 0
    fi
    md_sysfs "$1"
    read -r speed <"$base/sync_speed"
    [[ ! -e $directory/alone-$1 ]] || alone=yes
    md_lacking "$1" far
    [[ ! $speed =~ ^[0-9]+$ ]] || rate=$((speed * 1024))
    [[ $connected == no ]] || { ((lacking > 0)) && peer_state=Inconsistent || peer_state=UpToDate; }
    bytes_left=$lacking
    md_lacking "$1" near
    ((lacking > 0)) && local_state=Inconsistent || local_state=UpToDate
    [[ ,$leg, != *,faulty,* ]] || local_state=Failed
    ((lacking == 0)) || bytes_left=$lacking
  fi
  if [[ $connected == no ]]; then
    state=disconnected
    [[ $role == source || $alone == yes || ${settings[lossAccepted]} == yes || ! -e $session_run.primary ]] || suspended=yes state=suspended
  elif [[ $action == check || $action == repair ]]; then
    state=verifying
  elif ((bytes_left > 0)) || [[ $action == resync || $action == recover ]]; then
    state=synchronising
  else
    state=synchronised
  fi
}

md_lock() { # what the keeper, the steps and the answers do to paths and servers comes one after the other
  exec 8>"$session_run.md-lock" && flock -w 60 8 || fail 3 HeldByAnother 'the keeper of the session does not let go'
}

md_unlock() {
  exec 8>&-
}

# A program of its own of the functions that it needs, as boot.sh does it.
# It is of this boot: a root volume that is full keeps nobody from going on.
md_program() { # file name, function to call
  local functions
  mapfile -t functions < <(compgen -A function md_)
  {
    printf '#!/usr/bin/env bash\n# Written by instance-mobility.\n'
    declare -f "${functions[@]}" paths read_settings apply_settings load_session save_settings remember write durable begin fail must quote \
      mapper_exists wireguard_addresses
    printf 'begin\nSSM_Session=$1\nload_session\n%s\n' "$2"
  } >"$session_run.$1.new" && mv -f "$session_run.$1.new" "$session_run.$1" || fail 6 EngineFailed "can not write $session_run.$1"
}

md_down() {
  "md_down_$role"
}

md_forget() {
  md_farewell_$role
  md_down
  rm -f "$directory"/tail-* "$directory"/alone-* "$directory/peer" \
    "$session_run".{heard,paths,server,unused,keeper,answer-peer,nbd.conf,nbd-allowed}
}
