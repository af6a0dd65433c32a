#!/usr/bin/env bash
#
# Prepares the host that will serve: packages, devices, metadata, keys, mount points, and keeps its services from starting.
#
# Parameters (in the environment, SSM_<Name>; see lib/private/replication-documents.ts)
#   Session, Owner, Engine, Services, OwnAddress, PeerAddress, Port, Encryption, PeerKey, InstallPackages, MetadataDirectory
#   MaxRate          KiB per second that copying never exceeds; empty: as it is
#   Volumes          separated by semicolons: MOUNT:BYTES:BLOCKSIZE:FSTYPE:LAYOUT:DEVICE[+DEVICE...]:OPTIONS
#   OverwriteTarget  yes: filesystems found on the devices may be unmounted and erased, services that run here stopped
#
# Prints one line of JSON:
#   {"session", "role", "engine", "publicKey": of the tunnel or null, "installed": [package],
#    "volumes": [{"index", "mountPoint", "device", "bytes"}], "peerReachable": true | null}
#   peerReachable is null while the other side's key is not known; a side that does not answer is the error PeerUnreachable.
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  3 HeldByAnother  4 NotFound  5 Busy  6 EngineFailed  7 NotSupported  8 WrongState
#   9 PeerUnreachable   10 AgentTooOld   11 TargetInUse  12 TargetUnfit
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
# part: engine-target.sh
# part: layouts.sh
# part: leaving.sh
# part: prepare.sh

check_volumes() { # sets asked: the fields of each volume
  local device='/dev/disk/by-id/[A-Za-z0-9_.:+-]+' one fields path seen=,
  local volume="(/[A-Za-z0-9_.@+/-]*):([1-9][0-9]*):(512|4096):([a-z0-9]+):(disk|lvm|raid0):($device([+]$device)*):([A-Za-z0-9_=,.-]*)"
  hold Volumes "$volume(;$volume)*" 'a list of volumes, separated by semicolons'
  asked=()
  ((${#SSM_Volumes} <= 4096)) || fail 2 InvalidParameter 'Volumes is longer than 4096 characters'
  for one in ${SSM_Volumes//;/ }; do
    [[ $one =~ ^$volume$ ]] || fail 2 InvalidParameter 'Volumes is not a list of volumes, separated by semicolons'
    fields=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[4]}" "${BASH_REMATCH[5]}"
      "${BASH_REMATCH[6]//+\/dev\// /dev/}" "${BASH_REMATCH[8]:-defaults}")
    check_mount "${fields[0]}"
    ((${#fields[1]} <= 18)) || fail 2 InvalidParameter "${fields[0]}: the size is out of range"
    [[ $seen != *",${fields[0]},"* ]] || fail 2 InvalidParameter "${fields[0]} is given twice"
    seen+=${fields[0]},
    # volumes of one volume group name the same disks
    if [[ ${fields[4]} != lvm || $seen != *",lvm ${fields[5]},"* ]]; then
      for path in ${fields[5]}; do
        [[ $seen != *",$path,"* ]] || fail 2 InvalidParameter "$path is given twice"
        seen+=$path,
      done
      seen+="lvm ${fields[5]},"
    fi
    [[ ${fields[4]} != disk || ${fields[5]} != *' '* ]] || fail 2 InvalidParameter "${fields[0]}: the layout disk has one device"
    asked+=("$(printf '%s|' "${fields[@]}")")
  done
  ((${#asked[@]} <= 8)) || fail 2 InvalidParameter 'more than 8 volumes'
}

check_fitness() { # that each volume fits, and what stands in the way; sets obstacles, disks
  local one mount bytes block fstype layout paths options each use reals=' ' wanted=0
  declare -A room=()
  for one in "${asked[@]}"; do
    IFS='|' read -r mount bytes block fstype layout paths options < <(printf %s "$one")
    supports_filesystem "$fstype" || fail 12 TargetUnfit "this kernel can not mount $fstype"
    if [[ -z ${room[$paths]} ]]; then
      room[$paths]=0
      for each in $paths; do
        [[ -b $each ]] || fail 4 NotFound "there is no device $each" "\"device\":$(quote "$each")"
        [[ $reals != *" $(readlink -f "$each") "* ]] || fail 2 InvalidParameter "$each is another name of a device given before"
        reals+="$(readlink -f "$each") "
        (($(block_size_of "$each") == block)) ||
          fail 12 TargetUnfit "$each has logical blocks of $(block_size_of "$each") bytes, the source of $block"
        room[$paths]=$((room[$paths] + $(layout_room "$layout" "$(bytes_of "$each")")))
        check_not_system "$each"
        use=$(use_of "$each")
        [[ -z $use ]] || obstacles+=("$use")
        # shellcheck disable=SC2207 # paths of disks hold no blanks
        disks+=($(disks_below "$each"))
      done
    fi
    # each volume of a group ends on a whole extent
    wanted=$(whole_blocks "$bytes")
    [[ $layout != lvm ]] || wanted=$(((wanted + 4194303) / 4194304 * 4194304))
    room[$paths]=$((room[$paths] - wanted))
    ((room[$paths] >= 0)) || fail 12 TargetUnfit "$paths: $((0 - room[$paths])) bytes too small for the $bytes of $mount"
    # shellcheck disable=SC2086 # names of devices hold no blanks
    ! is_mounted "$mount" || lsblk --noheadings --raw --output MOUNTPOINT $paths | grep -qxF "$mount" ||
      fail 11 TargetInUse "something else is mounted on $mount"
  done
}

# No consent covers these: swap, what the system runs from, and stacks that others built.
check_not_system() { # device
  local path point type
  while read -r path type point; do
    case $point in
      / | /boot | /boot/* | /usr | /var | /var/* | /etc | /home | /opt | /root | /run | /tmp | /dev | '[SWAP]')
        fail 11 TargetInUse "$path is mounted on $point: the system runs from it" ;;
    esac
    case $type in disk | part) ;; *) fail 11 TargetInUse "$path ($type) lies on $1: take it apart first" ;; esac
  done < <(lsblk --noheadings --raw --paths --output NAME,TYPE,MOUNTPOINT "$1")
}

clear_obstacles() { # with consent; sets hidden, the mount points of fstab that must not come back
  local each point said
  if ((${#obstacles[@]} > 0)) && [[ $SSM_OverwriteTarget != yes ]]; then
    fail 11 TargetInUse "$(printf '%s; ' "${obstacles[@]}")and OverwriteTarget is no" "\"uses\":$(list "${obstacles[@]}")"
  fi
  for each in "${given_services[@]}"; do
    case $(active_state "$each") in
      active | activating | reloading)
        [[ $SSM_OverwriteTarget == yes ]] || fail 11 TargetInUse "$each runs here already, and OverwriteTarget is no"
        must 13 ServiceFailed "$each does not stop" systemctl stop "$each"
        ;;
    esac
  done
  hidden=
  for each in $(printf '%s\n' "${asked[@]}" | cut -d '|' -f 6); do
    hidden+="$(fstab_points_of "$each") "
    for point in $(lsblk --noheadings --raw --output MOUNTPOINT "$each"); do
      hidden+="$point "
      said=$(umount "$point" 2>&1) || fail 5 Busy "$said" "\"mountPoint\":$(quote "$point"),\"holders\":$(holders_json "$point")"
    done
  done
}

begin
declared Session Owner Engine Volumes OverwriteTarget Services OwnAddress PeerAddress Port Encryption PeerKey InstallPackages MetadataDirectory MaxRate
check_side
check_volumes
hold OverwriteTarget 'yes|no' 'yes or no'
check_engine_known
declare -A settings=()
installed=() obstacles=() disks=()
answer_if_switched target
# shellcheck disable=SC2046 # words
provide < <(needs_of_session $(printf '%s\n' "${asked[@]}" | cut -d '|' -f 5 | sort -u))
lock
undo_unfinished
if [[ $(phase) == prepared ]]; then
  same_request target "$SSM_Volumes" || fail 8 WrongState "session $SSM_Session is prepared otherwise: release it first"
  common_settings target
else
  check_loaded "${given_services[@]}"
  # shellcheck disable=SC2046 # mount points and devices hold no blanks
  clear_old_sessions $(printf '%s\n' "${asked[@]}" | cut -d '|' -f 1,6 | tr '|' ' ')
  check_fitness
  check_metadata_directory "${disks[@]}"
  clear_obstacles
  make_directory
  declare -A settings=()
  common_settings target
  settings[request]=$SSM_Volumes
  settings[hidden]=$hidden
  settings[volumes]=${#asked[@]}
  for index in "${!asked[@]}"; do
    IFS='|' read -r mount bytes block fstype layout paths options < <(printf %s "${asked[index]}")
    volume_setting "$index" "$mount" "${paths%% *}" "$(whole_blocks "$bytes")" "$block" "$fstype" "$layout" "$paths" "$options"
    [[ -d $mount ]] || settings[made.$index]=yes
  done
  set_phase preparing
fi
save_settings
apply_settings
gate
fstab_hide
reload_units
for index in "${!mounts[@]}"; do
  if [[ ${settings[built.$index]} == yes ]]; then assemble_layout "$index"; else build_layout "$index"; fi
  save_settings
  make_folder "${mounts[index]}"
done
apply_settings
engine_call prepare
key='' reachable=null
[[ $SSM_Encryption == none ]] || key=$(wireguard_public_key)
if [[ $SSM_Encryption == none || -n ${settings[peerKey]} ]]; then
  wireguard_up
  await_peer 15 || fail 9 PeerUnreachable "$peer_address does not answer on port $SSM_Port"
  reachable=true
  # it waits for the source from now on: that shortens the pause
  engine_call up
  engine_call hold
fi
set_phase prepared
prepared_answer "$key" "$reachable"
