#!/usr/bin/env bash
#
# Prepares the host that serves: packages, metadata, keys. Its data, mounts and services stay as they are.
#
# Parameters (in the environment, SSM_<Name>; see lib/private/replication-documents.ts)
#   Session, Owner, Engine, Mounts, Services, OwnAddress, PeerAddress, Port, Encryption, PeerKey, InstallPackages,
#   MetadataDirectory, MaxRate (KiB per second that copying never exceeds; empty: as it is)
#
# Prints one line of JSON:
#   {"session", "role", "engine", "publicKey": of the tunnel or null, "installed": [package],
#    "volumes": [{"index", "mountPoint", "device", "bytes"}], "peerReachable": true | false | null}
#   peerReachable is null while there is no tunnel to ask through.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  3 HeldByAnother  4 NotFound  5 Busy  6 EngineFailed  7 NotSupported  8 WrongState  10 AgentTooOld
#
# May be sent again, with the peer's key or without; a session that has switched answers as before.

# part: answer.sh
# part: parameters.sh
# part: session.sh
# part: devices.sh
# part: packages.sh
# part: engines.sh
# part: wireguard.sh
# part: services.sh
# part: mounts.sh
# part: mapper.sh
# part: engine.sh
# part: engine-source.sh
# part: layouts.sh
# part: leaving.sh
# part: prepare.sh

find_volumes() { # reads what is mounted; sets found (the settings of each volume) and disks
  local index mount source device point options each
  for index in "${!given_mounts[@]}"; do
    mount=${given_mounts[index]}
    is_mounted "$mount" || fail 4 NotFound "nothing is mounted on $mount" "\"mountPoint\":$(quote "$mount")"
    source=$(mount_field "$mount" SOURCE)
    [[ -b $source ]] || fail 7 NotSupported "$mount does not lie on a block device but on $source"
    plain=$(plain_device "$source")
    device=$(stable_name "$plain")
    [[ -n $device ]] || fail 7 NotSupported "$plain has no name below /dev/disk/by-id"
    case $(layout_of "$plain") in
      disk | lvm | raid0) ;;
      *) fail 7 NotSupported "$mount lies on a device of the kind $(layout_of "$plain")" ;;
    esac
    (($(bytes_of "$plain") % 4096 == 0)) || [[ $(stat --file-system --format=%S "$mount") == 4096 ]] ||
      fail 7 NotSupported "the filesystem on $mount has blocks smaller than 4096 bytes, and $plain ends inside of one"
    check_alone "$mount" "$source"
    options=
    # what the filesystem shows but does not take, and what describes the old disks
    for each in $(mount_field "$mount" OPTIONS | tr , ' '); do
      [[ $each != *context=* ]] || fail 7 NotSupported "$mount is mounted with $each, which these scripts can not carry over"
      case $each in seclabel | sunit=* | swidth=* | stripe=* | *[!A-Za-z0-9_=.-]*) ;; *) options+=${options:+,}$each ;; esac
    done
    found+=("$mount $device $(whole_blocks "$(bytes_of "$plain")") $(block_size_of "$plain") $(mount_field "$mount" FSTYPE) $(layout_of "$plain") - $options")
    # shellcheck disable=SC2207 # paths of disks hold no blanks
    disks+=($(disks_below "$plain"))
  done
}

check_alone() { # mount point, device: nothing else hangs on it that would keep it from being unmounted
  local number rest point at
  number=$(mount_field "$1" MAJ:MIN)
  while read -r rest rest at rest point rest; do
    [[ $at != "$number" || " ${given_mounts[*]} " == *" $point "* ]] || fail 5 Busy "the filesystem of $1 is mounted on $point, too" '"holders":[]'
    [[ $point != "$1"/* || " ${given_mounts[*]} " == *" $point "* ]] || fail 5 Busy "$point is mounted below $1" '"holders":[]'
  done </proc/self/mountinfo
}

begin
declared Session Owner Engine Mounts Services OwnAddress PeerAddress Port Encryption PeerKey InstallPackages MetadataDirectory MaxRate
check_side
check_mounts Mounts
((${#given_mounts[@]} > 0)) || fail 2 InvalidParameter 'Mounts is empty'
((${#given_mounts[@]} <= 8)) || fail 2 InvalidParameter 'more than 8 mount points'
check_engine_known
declare -A settings=()
found=() disks=() installed=()
answer_if_switched source
provide < <(needs_of_session disk)
lock
undo_unfinished
if [[ $(phase) == prepared ]]; then
  same_request source "$SSM_Mounts" || fail 8 WrongState "session $SSM_Session is prepared otherwise: release it first"
  common_settings source
else
  find_volumes
  check_loaded "${given_services[@]}"
  # shellcheck disable=SC2046 # mount points and devices hold no blanks
  clear_old_sessions $(printf '%s\n' "${found[@]}" | cut -d ' ' -f 1,2)
  check_metadata_directory "${disks[@]}"
  make_directory
  declare -A settings=()
  common_settings source
  settings[request]=$SSM_Mounts
  settings[volumes]=${#found[@]}
  for index in "${!found[@]}"; do
    # shellcheck disable=SC2086 # eight words
    volume_setting "$index" ${found[index]}
  done
  set_phase preparing
fi
save_settings
apply_settings
engine_call prepare
key='' reachable=null
[[ $SSM_Encryption == none ]] || key=$(wireguard_public_key)
wireguard_up
if [[ $SSM_Encryption == none ]]; then
  reachable=$(truth peer_reachable 3)
elif [[ -n ${settings[peerKey]} ]]; then
  # the target brings its end up later: silence says nothing yet
  ! peer_reachable 1 || reachable=true
fi
set_phase prepared
engine_call ahead
prepared_answer "$key" "$reachable"
