#!/usr/bin/env bash
#
# Tells what a host has that replication needs: disks, mounts, services, kernel modules, tools. Changes nothing.
#
# Parameters (in the environment, SSM_<Name>)
#   Mounts    mount points, separated by commas; empty: all that lie on a disk other than the system's
#   Services  systemd units, separated by commas; may be empty
#
# Prints one line of JSON:
#   {"os": {"id", "version", "kernel", "arch"},
#    "engines": {"drbd" | "md": {"available", "version": or null, "missing": [module or command], "installable"}},
#    "wireguard": {"available", "installable", "missing"}, "packageManager": "apt" | "dnf" | "yum" | null,
#    "disks": [{"id", "bytes", "blockSize", "model", "instanceStore", "inUse": text or null}],
#    "mounts": [{"mountPoint", "device", "bytes", "blockSize", "fstype", "options", "layout", "disks": [id],
#      "onInstanceStore", "usedBytes", "boot": fstab mounts it}],
#    "services": [{"name", "loadState", "activeState", "enabled"}], "filesystems": [type], "clock": ISO,
#    "sessions": [{"session", "phase", "role"}]}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound (a mount point)  7 NotSupported  10 AgentTooOld

# part: answer.sh
# part: parameters.sh
# part: session.sh
# part: devices.sh
# part: packages.sh
# part: engines.sh
# part: wireguard.sh
# part: services.sh
# part: mounts.sh

os_json() {
  local ID='' VERSION_ID='' line
  while read -r line; do
    [[ $line =~ ^ID=\"?([^\"]*) ]] && ID=${BASH_REMATCH[1]}
    [[ $line =~ ^VERSION_ID=\"?([^\"]*) ]] && VERSION_ID=${BASH_REMATCH[1]}
  done </etc/os-release
  printf '{"id":%s,"version":%s,"kernel":%s,"arch":%s}' "$(quote "$ID")" "$(quote "$VERSION_ID")" "$(quote "$(uname -r)")" "$(quote "$(uname -m)")"
}

wireguard_json() {
  local missing=() packages=() can=false
  find_missing < <(wireguard_needs)
  [[ ${#packages[@]} -gt 0 ]] && installable "${packages[@]}" && can=true
  printf '{"available":%s,"installable":%s,"missing":%s}' "$(truth test ${#missing[@]} = 0)" "$can" "$(list "${missing[@]}")"
}

disks_json() {
  local path type comma='' id
  printf '['
  while read -r path type; do
    [[ $type == disk ]] || continue
    id=$(stable_name "$path")
    [[ $id == /dev/disk/by-id/* ]] || continue
    printf '%s{"id":%s,"bytes":%s,"blockSize":%s,"model":%s,"instanceStore":%s,"inUse":%s}' "$comma" "$(quote "$id")" \
      "$(bytes_of "$path")" "$(block_size_of "$path")" "$(quote "$(model_of "$path")")" \
      "$(truth is_instance_store "$path")" "$(quote_or_null "$(use_of "$path")")"
    comma=,
  done < <(lsblk --nodeps --noheadings --raw --paths --output NAME,TYPE)
  printf ']'
}

# Where no mount point is given: every filesystem of a disk that does not carry the system.
candidate_mounts() {
  local source point root_disks
  root_disks=" $(disks_below "$(findmnt --noheadings --raw --nofsroot --output SOURCE --mountpoint /)" | tr '\n' ' ')"
  findmnt --noheadings --raw --nofsroot --output SOURCE,TARGET --real | while read -r source point; do
    [[ -b $source && $point =~ ^(/[A-Za-z0-9_.@+-]+)+$ ]] || continue
    # shellcheck disable=SC2046 # paths of disks hold no blanks
    set -- $(disks_below "$source")
    [[ -z $1 || $root_disks == *" $1 "* ]] || printf '%s\n' "$point"
  done | sort -u
}

mount_json() { # mount point
  local source plain disk ids=() store=true options='' each
  source=$(mount_field "$1" SOURCE)
  [[ -b $source ]] || return 1
  plain=$(plain_device "$source")
  for disk in $(disks_below "$plain"); do
    ids+=("$(stable_name "$disk")")
    is_instance_store "$disk" || store=false
  done
  ((${#ids[@]} > 0)) || store=false
  for each in $(mount_field "$1" OPTIONS | tr , ' '); do
    # SELinux contexts are told, for without them the mount would be another one
    case $each in *context=*) ;; seclabel | sunit=* | swidth=* | stripe=* | *[!A-Za-z0-9_=.-]*) continue ;; esac
    options+=${options:+,}$each
  done
  printf '{"mountPoint":%s,"device":%s,"bytes":%s,"blockSize":%s,"fstype":%s,' \
    "$(quote "$1")" "$(quote "$(stable_name "$plain")")" "$(bytes_of "$plain")" "$(block_size_of "$plain")" "$(quote "$(mount_field "$1" FSTYPE)")"
  printf '"options":%s,"layout":%s,"disks":%s,"onInstanceStore":%s,"usedBytes":%s,"boot":%s}' \
    "$(quote "$options")" "$(quote "$(layout_of "$plain")")" "$(list "${ids[@]}")" "$store" \
    "$(df --block-size=1 --output=used "$1" | tail -n 1 | tr -d ' ')" "$(truth fstab_names "$1")"
}

mounts_json() {
  local mount comma='' one
  printf '['
  for mount in "${given_mounts[@]}"; do
    one=$(mount_json "$mount") || continue
    printf '%s%s' "$comma" "$one"
    comma=,
  done
  printf ']'
}

inspected_services_json() {
  local each comma='' state
  printf '['
  for each in "${given_services[@]}"; do
    state=$(systemctl is-enabled "$each" 2>/dev/null)
    printf '%s{"name":%s,"loadState":%s,"activeState":%s,"enabled":%s}' "$comma" "$(quote "$each")" "$(quote "$(load_state "$each")")" \
      "$(quote "$(active_state "$each")")" "$(truth test "${state%-runtime}" = enabled)"
    comma=,
  done
  printf ']'
}

filesystems_json() {
  local type known=()
  for type in ext2 ext3 ext4 xfs btrfs f2fs; do
    ! supports_or_could "$type" || known+=("$type")
  done
  list "${known[@]}"
}

supports_or_could() { # type: without loading anything
  grep -qw "$1" /proc/filesystems || modprobe -qn "$1" 2>/dev/null
}

sessions_json() {
  local session comma=''
  printf '['
  for session in $(sessions); do
    printf '%s{"session":%s,"phase":%s,"role":%s}' "$comma" "$(quote "$session")" "$(quote "$(phase_of "$session")")" "$(quote "$(of_session "$session" role)")"
    comma=,
  done
  printf ']'
}

begin
declared Mounts Services
check_mounts Mounts
check_services
manager=$(package_manager)
find_missing < <(printf 'command %s\n' 'findmnt util-linux' 'lsblk util-linux' 'blockdev util-linux' 'systemctl systemd')
((${#missing[@]} == 0)) || fail 7 NotSupported "this host lacks ${missing[*]}" "\"missing\":$(list "${missing[@]}")"
for mount in "${given_mounts[@]}"; do
  is_mounted "$mount" || fail 4 NotFound "nothing is mounted on $mount" "\"mountPoint\":$(quote "$mount")"
  [[ -b $(mount_field "$mount" SOURCE) ]] || fail 7 NotSupported "$mount does not lie on a block device"
done
((${#given_mounts[@]} > 0)) || mapfile -t given_mounts < <(candidate_mounts)
paths 000000000000
drbd=$(engine_json drbd)
[[ $drbd =~ \"(available|installable)\":true ]] && first_engine=yes || first_engine=no
answer "{\"os\":$(os_json),\"engines\":{\"drbd\":$drbd,\"md\":$(engine_json md)},\"wireguard\":$(wireguard_json),\
\"packageManager\":$(quote_or_null "$manager"),\"disks\":$(disks_json),\"mounts\":$(mounts_json),\"services\":$(inspected_services_json),\
\"filesystems\":$(filesystems_json),\"clock\":$(quote "$(now)"),\"sessions\":$(sessions_json)}"
