# What both sides do when they are prepared.

# A session that is past its preparation answers as it did, and is not touched.
answer_if_switched() {
  paths "$SSM_Session"
  [[ -r $directory/settings ]] || return 0
  load_session
  [[ $role == "$1" ]] || fail 8 WrongState "this host is the $role of session $SSM_Session"
  case $(phase) in
    preparing | prepared) ;;
    released) ;;
    *) prepared_answer "$(public_key)" true ;;
  esac
}

# A preparation that was interrupted is begun anew.
undo_unfinished() {
  [[ $(phase) != preparing ]] || dissolve_session "$SSM_Session" open >/dev/null ||
    fail 6 EngineFailed 'an interrupted preparation can not be undone'
}

# Sessions of which nothing but a preparation is left: their executions are gone. Those that are held are not touched.
clear_old_sessions() { # mount points and devices
  local session index path each file
  for session in $(sessions); do
    [[ $session != "$SSM_Session" ]] || continue
    each=" $(of_session "$session" services | tr , ' ') $(for ((index = 0; index < $(of_session "$session" volumes); index++)); do
      printf '%s %s %s ' "$(of_session "$session" "mount.$index")" "$(of_session "$session" "device.$index")" \
        "$(of_session "$session" "members.$index")"
    done)"
    case $(phase_of "$session") in
      preparing | prepared)
        for path in "$@"; do
          [[ $each == *" $path "* ]] || continue
          dissolve_session "$session" open >/dev/null ||
            fail 3 HeldByAnother "session $session is prepared here and can not be undone" "\"session\":\"$session\""
          break
        done
        ;;
      released)
        # it kept the services from starting beside stale data, which now is replaced or served
        for path in "$@" ${SSM_Services//,/ }; do
          [[ $each == *" $path "* ]] || continue
          for file in /etc/systemd/system/*.d/"instance-mobility-$session.conf"; do
            [[ ! -e $file ]] || { rm -f "$file" && rmdir "${file%/*}" 2>/dev/null; }
          done
          break
        done
        ;;
    esac
  done
  refuse_held "$@"
}

# The metadata must survive what the data does not, and can not lie on what it describes.
check_metadata_directory() { # disks that are replicated
  local path=$SSM_MetadataDirectory source disk
  while [[ ! -d $path ]]; do path=${path%/*} path=${path:-/}; done
  [[ $(readlink -f "$path") == "$path" ]] || fail 2 InvalidParameter "MetadataDirectory: $path is a link"
  source=$(findmnt --noheadings --raw --nofsroot --output SOURCE --target "$path" | tail -n 1)
  [[ -b $source ]] || fail 7 NotSupported "MetadataDirectory does not lie on a block device but on $source"
  for disk in $(disks_below "$source"); do
    ! is_instance_store "$disk" || fail 2 InvalidParameter 'MetadataDirectory lies on instance store'
    [[ " $* " != *" $disk "* ]] || fail 2 InvalidParameter 'MetadataDirectory lies on what is to be replicated'
  done
}

make_directory() {
  local place=$SSM_MetadataDirectory/$SSM_Session
  make_folder "$SSM_MetadataDirectory" && mkdir -p "$home" "$place" || fail 6 EngineFailed "can not make $place"
  chmod 700 "$place"
  [[ $place -ef $directory ]] || ln -sfn "$place" "$directory" || fail 6 EngineFailed "can not make $directory"
}

common_settings() { # role
  settings[session]=$SSM_Session
  settings[role]=$1
  settings[owner]=$SSM_Owner
  settings[engine]=$SSM_Engine
  settings[services]=$SSM_Services
  settings[ownAddress]=$SSM_OwnAddress
  settings[peerAddress]=$SSM_PeerAddress
  settings[port]=$SSM_Port
  settings[encryption]=$SSM_Encryption
  # the first call has none yet, and a repeated first call does not take it away
  settings[peerKey]=${SSM_PeerKey:-${settings[peerKey]}}
  settings[metadataDirectory]=$SSM_MetadataDirectory
  # in KiB/s: the target alone sets the pace while it serves
  [[ $1 == source ]] && settings[minRate]=0 || settings[minRate]=${settings[minRate]:-8192}
  settings[maxRate]=${SSM_MaxRate:-${settings[maxRate]:-4194304}}
  within_most
}

volume_setting() { # volume, mount, device, bytes, block size, filesystem, layout, members, options
  local index=$1 key
  shift
  for key in mount device size block fstype layout members options; do
    settings[$key.$index]=$1
    shift
  done
}

# DRBD counts in blocks of 4096 bytes; the disks of instance store need not be a multiple of them.
whole_blocks() { # bytes
  printf '%d' $(($1 / 4096 * 4096))
}

same_request() { # role: whether what is prepared is what this call asks for, but for the peer's key
  local old
  old="${settings[role]} ${settings[owner]} ${settings[engine]} ${settings[services]} "
  old+="${settings[ownAddress]} ${settings[peerAddress]} ${settings[port]} ${settings[encryption]} ${settings[metadataDirectory]} ${settings[request]}"
  [[ $old == "$1 $SSM_Owner $SSM_Engine $SSM_Services $SSM_OwnAddress $SSM_PeerAddress $SSM_Port $SSM_Encryption $SSM_MetadataDirectory $2" ]]
}

public_key() {
  if [[ ${settings[encryption]} == wireguard && -s $directory/wireguard.key ]]; then wireguard_public_key; fi
}

needs_of_session() { # layouts
  local layout
  base_needs
  "${SSM_Engine}_needs"
  [[ $SSM_Encryption != wireguard ]] || wireguard_needs
  for layout in "$@"; do layout_needs "$layout"; done
}

check_engine_known() {
  engine=$SSM_Engine
  declare -F "${engine}_needs" >/dev/null || fail 7 NotSupported "these scripts have no engine $engine" "\"missing\":[\"$engine\"]"
}

prepared_answer() { # public key, whether the peer answers
  answer "{\"session\":\"$SSM_Session\",\"role\":\"$role\",\"engine\":\"$engine\",\
\"publicKey\":$(quote_or_null "$1"),\"installed\":$(list "${installed[@]}"),\"volumes\":$(volumes_json ''),\"peerReachable\":$2}"
}
