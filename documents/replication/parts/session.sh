# What a host remembers of a session: <MetadataDirectory>/<Session>/settings (lines of name=value) and phase.
#
# Later steps are told the session only and look below /var/lib/instance-mobility: there the directory itself lies, or
# a link to it. Both files are on the disk before anybody acts on them: after a power-off they decide who may serve.
#
# Phases: preparing → prepared → switching → switched → finalizing → finalized → released; with a pre-copy prepared →
# switching → mirrored → switched on the source, prepared → mirrored → switching → switched on the target; or mirrored or
# switched → fallen-back → finalizing → finalized → released. Those that end in -ing are seen only when a step was interrupted.

paths() { # session
  home=/var/lib/instance-mobility
  running=/run/instance-mobility
  name=im-$1
  unit=instance-mobility-$1
  directory=$home/$1
  serving_flag=$running/$1.serving
  session_run=$running/$1
}

lock() { # steps of all sessions on this host run one after the other; status does not take the lock
  paths "$SSM_Session"
  mkdir -p "$running"
  exec 9>"$running/lock" || fail 7 NotSupported "can not write to $running"
  flock -w 120 9 || fail 3 HeldByAnother 'another step runs on this host'
}

make_folder() { # path: for everybody to read, as folders of the system are
  (umask 022 && mkdir -p "$1")
}

durable() { # files and directories: what was written to them survives a power-off
  sync "$@" 2>/dev/null || sync
}

write() { # file, its text: whole or not at all
  printf '%s\n' "$2" >"$1.new" && durable "$1.new" && mv -f "$1.new" "$1" && durable "${1%/*}" ||
    fail 6 EngineFailed "can not write $1"
}

phase() {
  local value=''
  [[ ! -r $directory/phase ]] || read -r value <"$directory/phase"
  printf '%s' "$value"
}

set_phase() { # phase
  # a root volume that is full keeps nobody from serving who only goes on
  if [[ $(phase) == "$1" ]]; then durable "$directory/phase" "$directory"; else write "$directory/phase" "$1"; fi
}

save_settings() {
  local key text=''
  for key in "${!settings[@]}"; do text+="$key=${settings[$key]}"$'\n'; done
  write "$directory/settings" "${text%$'\n'}"
}

within_most() { # the rates, in KiB/s: 4 GiB/s is what engines take
  ((settings[maxRate] <= 4194304)) || settings[maxRate]=4194304
  ((settings[minRate] <= settings[maxRate])) || settings[minRate]=${settings[maxRate]}
}

remember() { # name, value: at once
  [[ ${settings[$1]} != "$2" ]] || return 0
  settings[$1]=$2
  save_settings
}

read_settings() { # directory: fills settings
  local line
  declare -gA settings=()
  # not split by read, which would drop an equals sign at the end, as keys have it
  while read -r line; do settings[${line%%=*}]=${line#*=}; done <"$1/settings"
}

# Fills what the steps use: role, engine, services, and of each volume mounts, devices, sizes, block_sizes, fstypes,
# layouts, members, mount_options.
load_session() {
  paths "$SSM_Session"
  [[ -r $directory/settings ]] || fail 4 NotFound "this host knows no session $SSM_Session"
  read_settings "$directory"
  apply_settings
}

apply_settings() {
  local index
  role=${settings[role]}
  engine=${settings[engine]}
  # not from a here-string, for which bash before 5.1 wants a file, and a full disk has no room
  read -ra services < <(printf '%s\n' "${settings[services]//,/ }")
  mounts=() devices=() sizes=() block_sizes=() fstypes=() layouts=() members=() mount_options=()
  for ((index = 0; index < ${settings[volumes]:-0}; index++)); do
    mounts+=("${settings[mount.$index]}")
    devices+=("${settings[device.$index]}")
    sizes+=("${settings[size.$index]}")
    block_sizes+=("${settings[block.$index]}")
    fstypes+=("${settings[fstype.$index]}")
    layouts+=("${settings[layout.$index]}")
    members+=("${settings[members.$index]}")
    mount_options+=("${settings[options.$index]}")
  done
}

sessions() { # the sessions of this host, one per line
  local path
  for path in "$home"/*/settings; do
    [[ ! -r $path ]] || basename "${path%/settings}"
  done
}

of_session() { # session, name: the setting of another session
  local line
  while read -r line; do
    [[ ${line%%=*} != "$2" ]] || printf '%s' "${line#*=}"
  done <"$home/$1/settings"
}

phase_of() { # session
  local value=''
  [[ ! -r $home/$1/phase ]] || read -r value <"$home/$1/phase"
  printf '%s' "$value"
}

# One session only may hold a mount point or a device.
refuse_held() { # mount points and devices
  local session other index what
  for session in $(sessions); do
    [[ $session != "$SSM_Session" ]] || continue
    case $(phase_of "$session") in released | finalized | '') continue ;; esac
    other=' '
    for ((index = 0; index < $(of_session "$session" volumes); index++)); do
      other+="$(of_session "$session" "mount.$index") $(of_session "$session" "device.$index") "
      what=$(of_session "$session" "members.$index")
      other+="${what//+/ } "
    done
    for what in "$@"; do
      [[ $other != *" $what "* ]] ||
        fail 3 HeldByAnother "session $session replicates $what" "\"session\":\"$session\",\"owner\":$(quote "$(of_session "$session" owner)")"
    done
  done
}

engine_call() { # function of the engine, its arguments
  local function=${engine}_$1
  shift
  declare -F "$function" >/dev/null || fail 7 NotSupported "these scripts have no engine $engine" "\"missing\":[\"$engine\"]"
  "$function" "$@"
}

volumes_json() { # the volumes as prepare and the switches answer them; a function that prints further members of one
  local index comma=''
  printf '['
  for index in "${!mounts[@]}"; do
    printf '%s{"index":%d,"mountPoint":%s,"device":%s,"bytes":%s%s}' "$comma" "$index" "$(quote "${mounts[index]}")" \
      "$(quote "${devices[index]}")" "${sizes[index]}" "$(if [[ -n $1 ]]; then "$1" "$index"; fi)"
    comma=,
  done
  printf ']'
}
