# Taking back a switch that the source began and did not end: the plain device serves again, as if nothing had been.

undo_switch() {
  local index said='' failed=()
  for index in "${!mounts[@]}"; do
    engine_call attached "$index" && { engine_call withdraw && break; }
  done
  # what can not be written now is tried again below: first somebody has to serve
  (fstab_restore) 3>&2
  mkdir -p "$running"
  : >"$serving_flag"
  reload_units
  for index in $(by_height); do
    assemble_layout "$index"
    mount_volume "$index" "${devices[index]}" || fail 6 EngineFailed "can not mount ${mounts[index]} again: $said"
  done
  all_mounted || fail 6 EngineFailed 'not all is mounted again'
  read -ra stopped < <(printf '%s\n' "${settings[stopped]}")
  start_services "${stopped[@]}" || fail 13 ServiceFailed "does not start again: ${failed[*]}: $said"
  fstab_restore
  ungate
  reload_units
  rm -f "$serving_flag"
  set_phase prepared
}
