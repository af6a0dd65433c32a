# The services that use the data, and what keeps them from starting where the data does not serve.
#
# Each unit gets a drop-in with a condition: it starts only while /run/instance-mobility/<Session>.serving exists. After
# a reboot that file is gone, so nothing starts by itself; the boot unit of the session mounts, makes it, and starts them.

active_state() { # unit
  local line
  line=$(timeout 20 systemctl show --property=ActiveState "$1" 2>/dev/null)
  printf '%s' "${line#*=}"
}

load_state() { # unit
  local line
  line=$(timeout 20 systemctl show --property=LoadState "$1" 2>/dev/null)
  printf '%s' "${line#*=}"
}

mount_unit() { # mount point
  systemd-escape --path --suffix=mount "$1"
}

gated_units() {
  local mount
  printf '%s\n' "${services[@]}"
  # somebody may have made the mount a unit, which then is not in fstab
  for mount in "${mounts[@]}"; do mount_unit "$mount"; done
}

drop_in() { # unit, file name, text
  local folder=/etc/systemd/system/$1.d
  make_folder "$folder" && printf '%s\n' "$3" >"$folder/$2.new" && chmod 644 "$folder/$2.new" &&
    mv -f "$folder/$2.new" "$folder/$2" || fail 6 EngineFailed "can not write $folder/$2"
}

remove_drop_in() { # unit, file name
  rm -f "/etc/systemd/system/$1.d/$2"
  rmdir "/etc/systemd/system/$1.d" 2>/dev/null
}

gate() { # from now on the units start only where the data serves
  local each text
  printf -v text '%s\n' "# The data of this unit moved to or from another host: session ${settings[session]} of instance-mobility." \
    '# Remove this file to let the unit start here whatever data it finds.' '[Unit]' "ConditionPathExists=$serving_flag"
  for each in $(gated_units); do drop_in "$each" "$unit.conf" "${text%$'\n'}"; done
}

ungate() {
  local each
  for each in $(gated_units); do remove_drop_in "$each" "$unit.conf"; done
}

reload_units() { # what keeps a service from starting beside old data has to survive a power-off
  sync --file-system /etc/systemd/system 2>/dev/null || sync
  systemctl daemon-reload || fail 7 NotSupported 'systemd does not reload its units'
}

check_loaded() { # units: all are known here
  local each absent=()
  for each in "$@"; do
    [[ $(load_state "$each") == loaded ]] || absent+=("$each")
  done
  ((${#absent[@]} == 0)) || fail 4 NotFound "systemd knows no ${absent[*]}" "\"services\":$(list "${absent[@]}")"
}

stop_services() { # in the order given; adds those that ran to stopped; false with said where one does not stop
  local each
  for each in "${services[@]}"; do
    case $(active_state "$each") in
      active | activating | reloading | deactivating) ;;
      *) continue ;;
    esac
    stopped+=("$each")
    said=$(systemctl stop "$each" 2>&1) || { said="$each does not stop: $said" && return 1; }
  done
}

start_services() { # units in the order of stopping: starts them in reverse; false with said and failed
  local index
  failed=()
  for ((index = $#; index > 0; index--)); do
    said=$(systemctl start "${!index}" 2>&1) || failed+=("${!index}")
  done
  ((${#failed[@]} == 0))
}

services_json() {
  local each comma=''
  printf '['
  for each in "${services[@]}"; do
    printf '%s{"name":%s,"activeState":%s}' "$comma" "$(quote "$each")" "$(quote "$(active_state "$each")")"
    comma=,
  done
  printf ']'
}
