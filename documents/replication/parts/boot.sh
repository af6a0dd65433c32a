# After a reboot: a unit of the session does what its phase asks for, until it has succeeded.
#
# Its program is written by prepare: the functions of this text, as the shell knows them, and the call of resume.

write_boot_unit() { # the directory for enabled units stands for "systemctl enable", which would reload everything
  local file=/etc/systemd/system/$unit-resume.service wanted=/etc/systemd/system/multi-user.target.wants
  {
    printf '#!/usr/bin/env bash\n# Written by instance-mobility; runs at boot as %s-resume.service.\n' "$unit"
    declare -f
    printf 'begin\nlock\nload_session\nresume\nanswer "$(resume_json)"\n'
  } >"$directory/resume.new" || fail 6 EngineFailed "can not write $directory/resume"
  mv -f "$directory/resume.new" "$directory/resume"
  # Type=simple: other units do not wait for it, and it may start units that come after them
  make_folder "$wanted"
  printf '%s\n' '[Unit]' "Description=instance-mobility session ${settings[session]}: goes on after a reboot" \
    "RequiresMountsFor=$(readlink -f "$directory")" 'Wants=network-online.target' 'After=network-online.target' 'StartLimitIntervalSec=0' \
    '[Service]' 'Type=simple' "Environment=SSM_Session=${settings[session]} SSM_AcceptLoss=no" \
    "ExecStart=/usr/bin/env bash $directory/resume" 'KillMode=process' 'Restart=on-failure' 'RestartSec=5' \
    '[Install]' 'WantedBy=multi-user.target' >"$file.new" && chmod 644 "$file.new" && mv -f "$file.new" "$file" &&
    ln -sfn "$file" "$wanted/" || fail 6 EngineFailed "can not write $file"
  # the files, too: a directory alone would keep their names and lose their text
  durable "$directory/resume" "$file" "$directory" /etc/systemd/system "$wanted"
}

resume() {
  local index
  case $role/$(phase) in
    */released | */finalized | */preparing) return ;;
    */finalizing)
      # without a reboot in between, the devices may be waiting half-way
      ! mapper_exists "$name-0" || fail 8 WrongState 'finalize was interrupted: send it again'
      finish_finalize
      return
      ;;
    source/switching)
      undo_switch
      return
      ;;
  esac
  wireguard_up
  case $role/$(phase) in
    source/prepared) return ;;
    target/switched | target/switching)
      resume_target
      return
      ;;
    target/mirrored)
      if [[ $SSM_AcceptLoss == yes ]]; then
        check_mirror
        resume_target
        return
      fi
      ;;
    source/mirrored | source/fallen-back)
      serve_again
      return
      ;;
  esac
  for index in "${!mounts[@]}"; do assemble_layout "$index"; done
  if [[ $role == source || -n ${settings[peerKey]} || ${settings[encryption]} == none ]]; then
    engine_call up
  fi
}

# Without its source a target may take over before any switch, where its copy was complete: it lacks only what was written
# while the two did not see each other.
check_mirror() {
  local index
  for index in "${!mounts[@]}"; do assemble_layout "$index"; done
  engine_call up
  for index in "${!mounts[@]}"; do
    engine_call state "$index"
    [[ $connected != yes ]] || fail 8 WrongState 'the source is connected: it is not lost'
    engine_call complete "$index" || fail 8 WrongState "the copy of ${mounts[index]} was not complete: $bytes_left bytes are missing here"
  done
}

# The target serves only after it has met the source: that one may have taken over again in the meantime.
resume_target() {
  local index said='' failed=()
  for index in "${!mounts[@]}"; do assemble_layout "$index"; done
  engine_call up
  if [[ $SSM_AcceptLoss == yes || ${settings[lossAccepted]} == yes ]]; then
    for index in "${!mounts[@]}"; do
      [[ ${settings[lossAccepted]} != yes ]] || break
      engine_call state "$index"
      [[ $connected != yes || $peer_state != UpToDate ]] || fail 8 WrongState 'the source is there with its blocks: nothing is lost'
    done
    engine_call accept_loss
    # also where all is mounted: without the flag no service starts, and systemctl says nothing of it
    begin_serving || fail 6 EngineFailed "can not mount: $said"
    set_phase switched
  elif ! take_over 20; then
    if [[ $peer_role == primary ]]; then
      set_phase fallen-back
      return 0
    fi
    fail 9 PeerUnreachable "the other side is needed and is not there: $said"
  fi
  engine_call follow
  start_services "${services[@]}" || fail 13 ServiceFailed "does not start: ${failed[*]}: $said"
}

resume_json() {
  printf '{"session":"%s","role":"%s","phase":"%s","serving":%s}' "${settings[session]}" "$role" "$(phase)" "$(truth all_mounted)"
}
