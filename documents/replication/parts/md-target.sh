# The engine md on the target: the array, of its legs.

# part: md-paths.sh
# part: md-keeper.sh

md_load() {
  local module rules
  [[ -d /sys/module/nbd ]] || must 7 NotSupported 'can not load nbd' modprobe nbd nbds_max=16 max_part=0
  for module in loop raid1 dm-multipath dm-round-robin; do
    [[ -d /sys/module/${module//-/_} ]] || must 7 NotSupported "can not load $module" modprobe "$module"
  done
  # Until the next boot: nobody looks into these, which may have to wait for the source, or puts together what has a tail.
  # After the rules that name a mapping and before those that look into it: these have other numbers on other systems.
  mkdir -p /run/udev/rules.d
  for rules in 11 56; do
    printf '%s\n' 'ENV{DM_NAME}=="im-*-path|im-*-near|im-*-far|im-*-lost|im-*-gone", ENV{DM_NOSCAN}="1", ENV{DM_UDEV_DISABLE_OTHER_RULES_FLAG}="1", ENV{SYSTEMD_READY}="0"' \
      'KERNEL=="loop*", ATTR{loop/backing_file}=="*/tail-near-*|*/tail-far-*", ENV{SYSTEMD_READY}="0"' >"/run/udev/rules.d/$rules-instance-mobility.rules"
  done
  udevadm control --reload
}

# Numbers that no other array of this host has, whether it runs or not. mdadm 4.3 knows them up to 127 only, and takes
# those of its own from there downwards.
md_choose_minors() {
  local index minor=64 taken
  taken=" $(grep -hE '^minor\.[0-9]+=' "$home"/*/settings | cut -d = -f 2 | tr '\n' ' ') "
  for index in "${!mounts[@]}"; do
    [[ -z ${settings[minor.$index]} ]] || continue
    while [[ $taken == *" $minor "* || -e /sys/class/block/md$minor ]]; do ((minor += 1)); done
    ((minor < 128)) || fail 6 EngineFailed 'no number is left for an array: remove sessions that are over'
    taken+="$minor "
    settings[minor.$index]=$minor
  done
  save_settings
}

md_prepare_target() {
  local index side file
  md_load
  md_choose_minors
  for index in "${!mounts[@]}"; do
    [[ -z ${settings[blank.$index]} ]] || continue
    for side in near far; do
      file=$directory/tail-$side-$index
      # written out, so that it never finds the disk full
      must 6 EngineFailed 'can not make the metadata' dd if=/dev/zero of="$file" bs=1M count=4 conv=fsync
    done
    durable "$directory"
    settings[blank.$index]=yes
    save_settings
  done
}

md_attach_loop() { # near or far, volume: prints the loop device over its tail
  local file=$directory/tail-$1-$2 loop direct
  [[ -s $file ]] || fail 6 EngineFailed "$file is gone: what md knew of the blocks is lost"
  loop=$(losetup --noheadings --output NAME --associated "$file" | head -n 1)
  [[ -n $loop ]] || loop=$(losetup --find --show --direct-io=on "$file") || fail 6 EngineFailed "can not make a loop device of $file"
  read -r direct <"/sys/class/block/${loop##*/}/loop/dio"
  if [[ $direct != 1 ]]; then
    losetup --detach "$loop"
    fail 7 NotSupported "the filesystem of $file does no direct I/O" '"missing":["direct I/O below MetadataDirectory"]'
  fi
  tail_device=$loop
}

md_leg_table() { # volume, device; after md_attach_loop
  local length=$((sizes[$1] / 512))
  printf '0 %d linear %s 0\n%d 8192 linear %s 0\n' "$length" "$(readlink -f "$2")" "$length" "$tail_device"
}

md_make_leg() { # near or far, volume, device
  local leg=$name-$2-$1 tail_device said
  ! mapper_exists "$leg" || return 0
  md_attach_loop "$1" "$2"
  said=$(md_leg_table "$2" "$3" | dmsetup create "$leg" 2>&1) || fail 6 EngineFailed "device mapper: $said"
}

md_attach_target() {
  local index
  md_load
  for index in "${!mounts[@]}"; do
    mapper_exists "$name-$index-path" ||
      must 6 EngineFailed 'device mapper' dmsetup create "$name-$index-path" --table "$(md_path_table "$index" '')"
    md_make_leg near "$index" "${devices[index]}"
    md_make_leg far "$index" "/dev/mapper/$name-$index-path"
  done
}

# Nothing is copied before md_follow: what is copied in the background waits in the same queue as what mounting reads.
md_hold() {
  return 0
}

md_stop() { # volume: false with said where it is still in use
  local attempt
  for attempt in 1 2 3 4 5; do
    md_running "$1" || return 0
    # whoever looked at the device a moment ago, such as udev, may still have it open
    said=$(mdadm --stop --quiet "$(md_device "$1")" 2>&1) && return
    sleep 0.$((attempt * 2))
  done
  return 1
}

md_take_apart() { # volume: what lies below an array that was stopped
  local node side loop
  node=$(md_nbd "$1")
  [[ -z $node ]] || nbd-client -d "/dev/$node"
  for side in far near path gone lost; do
    # queued I/O would keep the mapping
    [[ $side != path ]] || ! mapper_exists "$name-$1-path" || dmsetup message "$name-$1-path" 0 fail_if_no_path 2>/dev/null
    ! mapper_exists "$name-$1-$side" || dmsetup remove --retry "$name-$1-$side"
  done
  for side in near far; do
    loop=$(losetup --noheadings --output NAME --associated "$directory/tail-$side-$1" 2>/dev/null | head -n 1)
    [[ -z $loop ]] || losetup --detach "$loop"
  done
}

md_down_target() {
  local index said=''
  md_lock
  rm -f "$session_run.wanted" "$session_run.primary"
  for index in "${!mounts[@]}"; do
    [[ -n ${settings[minor.$index]} ]] || continue
    md_stop "$index" || fail 6 EngineFailed "md does not let go of ${devices[index]}: $said"
    md_take_apart "$index"
  done
  md_unlock
}

md_farewell_target() {
  local reply
  systemctl is-active --quiet "$unit-keeper" || return 0
  md_keeper_stop
  md_ask 5 leave
}
