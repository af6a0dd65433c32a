# The device that is replicated on the target: a disk, a logical volume over disks, or a RAID 0 of disks.

# Volumes that name the same disks share a volume group. No hyphen, which device mapper would double.
group_name() { # volume: of the first volume of its group
  local index
  for index in "${!members[@]}"; do
    [[ ${members[index]} != "${members[$1]}" ]] || { printf 'im_%s_%d' "${settings[session]}" "$index" && return; }
  done
}

alone_in_group() { # volume
  local index
  for index in "${!members[@]}"; do
    ((index == $1)) || [[ ${members[index]} != "${members[$1]}" ]] || return 1
  done
}

last_of_group() { # volume
  local index last=$1
  for index in "${!members[@]}"; do
    [[ ${members[index]} != "${members[$1]}" ]] || last=$index
  done
  ((last == $1))
}

layout_room() { # layout, bytes of a device: what of it the layout can use
  case $1 in
    # a mebibyte for itself, the rest in whole extents
    lvm) printf '%d' $((($2 - 1048576) / 4194304 * 4194304)) ;;
    # a mebibyte for itself, the rest in whole chunks
    raid0) printf '%d' $((($2 - 1048576) / 524288 * 524288)) ;;
    *) printf '%d' "$2" ;;
  esac
}

# Makes the device of a volume of its members, which are free and hold nothing worth keeping. Sets devices.
build_layout() { # volume
  local disks=() each
  read -ra disks < <(printf %s "${members[$1]}")
  if [[ ${layouts[$1]} != lvm ]] || ! vgs "$(group_name "$1")" >/dev/null 2>&1; then
    for each in "${disks[@]}"; do
      must 11 TargetInUse "can not clear $each" wipefs --all --force "$(readlink -f "$each")"
    done
    udevadm settle --timeout=10
  fi
  case ${layouts[$1]} in
    disk) devices[$1]=${disks[0]} ;;
    lvm) build_logical_volume "$1" ;;
    raid0) build_raid "$1" ;;
  esac
  (($(bytes_of "${devices[$1]}") >= sizes[$1])) || fail 12 TargetUnfit "${devices[$1]} is smaller than the ${sizes[$1]} bytes of ${mounts[$1]}"
  settings[device.$1]=${devices[$1]}
  settings[built.$1]=yes
}

build_logical_volume() { # volume
  local group each size smallest=0 largest=0 stripes=1 extents
  group=$(group_name "$1")
  vgs "$group" >/dev/null 2>&1 ||
    must 12 TargetUnfit 'can not make a volume group' vgcreate --yes "$group" "${disks[@]}"
  for each in "${disks[@]}"; do
    size=$(bytes_of "$each")
    ((smallest != 0 && smallest <= size)) || smallest=$size
    ((largest >= size)) || largest=$size
  done
  # striped where that loses no room, as it might between several volumes; the last volume takes what is left
  ((smallest != largest)) || ! alone_in_group "$1" || stripes=${#disks[@]}
  extents="$(((sizes[$1] + 4194303) / 4194304))"
  ! last_of_group "$1" || extents=100%FREE
  must 12 TargetUnfit 'can not make a logical volume' lvcreate --yes --wipesignatures y --stripes "$stripes" \
    --extents "$extents" --name "data$1" "$group"
  devices[$1]=/dev/mapper/$group-data$1
}

build_raid() { # volume
  local uuid attempt
  must 12 TargetUnfit 'can not make a RAID 0' mdadm --create "/dev/md/$name-$1" --run --quiet --homehost=any --level=0 \
    --metadata=1.2 --data-offset=1M --chunk=512 --raid-devices="${#disks[@]}" "${disks[@]}"
  uuid=$(mdadm --detail --export "/dev/md/$name-$1" | sed -n 's/^MD_UUID=//p')
  devices[$1]=/dev/disk/by-id/md-uuid-$uuid
  for attempt in 1 2 3 4 5; do
    [[ ! -e ${devices[$1]} ]] || return 0
    udevadm settle --timeout=5
    sleep 0."$attempt"
  done
  fail 6 EngineFailed "udev makes no ${devices[$1]}"
}

# After a reboot the disks may not have been put together by themselves.
assemble_layout() { # volume
  local attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    [[ ! -b ${devices[$1]} ]] || return 0
    case ${layouts[$1]} in
      lvm) vgchange --activate y ;;
      raid0) mdadm --assemble --scan ;;
    esac
    udevadm settle --timeout=5
    sleep 1
  done
  fail 4 NotFound "${devices[$1]} does not appear" "\"device\":$(quote "${devices[$1]}")"
}

remove_layout() { # volume: takes apart what build_layout made
  [[ ${settings[built.$1]} == yes ]] || return 0
  local each
  case ${layouts[$1]} in
    lvm) ! vgs "$(group_name "$1")" >/dev/null 2>&1 || vgremove --yes --force "$(group_name "$1")" ;;
    raid0) mdadm --stop "$(readlink -f "${devices[$1]}")" ;;
  esac
  if [[ ${layouts[$1]} != disk ]]; then
    for each in ${members[$1]}; do wipefs --all "$(readlink -f "$each")"; done
  fi
  remember "built.$1" no
}
