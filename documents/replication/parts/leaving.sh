# Leaving a session: with the plain device in place of the engine on the side that serves, and without a trace of what
# would only work with the other side on the one that does not.

# The filesystem lies on the plain device, mounted or not. What comes back after a reboot is that, too.
finish_finalize() {
  local index said='' each names restarted=no ran=("${services[@]}")
  for index in $(by_height); do
    is_mounted "${mounts[index]}" && continue
    assemble_layout "$index"
    mount_volume "$index" "${devices[index]}" || fail 6 EngineFailed "can not mount ${mounts[index]}: $said"
    restarted=yes
  done
  all_mounted || fail 6 EngineFailed 'not all is mounted'
  # on the source the lines are as they were; the target gets lines for what is new to it
  if [[ $role == source ]]; then
    fstab_restore
    read -ra ran < <(printf '%s\n' "${settings[stopped]}")
  else
    for index in "${!mounts[@]}"; do fstab_add "$index"; done
    printf -v names '%s\n' '# The data of this unit lies there: it does not start without.' '[Unit]' "RequiresMountsFor=${mounts[*]}"
    for each in "${services[@]}"; do drop_in "$each" instance-mobility-mounts.conf "${names%$'\n'}"; done
  fi
  ungate
  remove_boot_unit
  reload_units
  # while booting they were skipped
  [[ $restarted == no ]] || start_services "${ran[@]}"
  engine_call forget
  wireguard_down
  rm -f "$serving_flag" "$directory/wireguard.key" "$directory/resume"
  set_phase finalized
}

remove_boot_unit() {
  rm -f "/etc/systemd/system/$unit-resume.service" "/etc/systemd/system/multi-user.target.wants/$unit-resume.service"
}

# Undoes what prepare did and leaves the data of both sides alone. The gate stays where the services must not run.
dissolve() { # keep or open: the gate and fstab
  local index
  for index in "${!mounts[@]}"; do
    mapper_down "$index" || fail 6 EngineFailed "the mapping ${name}-$index is still in use"
  done
  engine_call forget
  wireguard_down
  if [[ $role == target ]]; then
    for index in "${!mounts[@]}"; do
      remove_layout "$index"
      [[ ${settings[made.$index]} != yes ]] || rmdir "${mounts[index]}" 2>/dev/null
    done
  fi
  if [[ $1 == open ]]; then
    ungate
    fstab_restore
  fi
  remove_boot_unit
  reload_units
  rm -f "$serving_flag" "$directory/wireguard.key" "$directory/resume" "$directory"/hot-files*
  set_phase released
}

dissolve_session() { # session, keep or open: of another session; false where it does not work
  (SSM_Session=$1 && load_session && dissolve "$2") 3>&2
}
