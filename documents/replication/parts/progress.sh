# How far the synchronisation is, told by the kernel's tables alone: nothing here reads or writes a device that may stall.

volume_state() { # volume: as engine_call state, also where the engine has left
  case $(phase) in
    finalized | released) state=stopped local_state='' peer_state='' peer_role='' connected=no suspended=no bytes_left=0 rate=0 ;;
    *) engine_call state "$1" ;;
  esac
}

# Adds what the kernel has counted for the device that the application uses to read_sectors, write_sectors, ios, ticks.
count_io() {
  local index node fields
  read_sectors=0 write_sectors=0 ios=0 ticks=0
  # what the mirror writes is not the application's
  all_mounted || return 0
  for index in "${!mounts[@]}"; do
    node=$(readlink -f "$(mapper_device "$index")")
    [[ -r /sys/class/block/${node##*/}/stat ]] || node=$(readlink -f "${devices[index]}")
    [[ -r /sys/class/block/${node##*/}/stat ]] || continue
    read -ra fields <"/sys/class/block/${node##*/}/stat"
    ((ios += fields[0] + fields[4], read_sectors += fields[2], write_sectors += fields[6], ticks += fields[3] + fields[7]))
  done
}

application_json() { # over one second
  local before after ios_before ticks_before read_before write_before wait=0 span
  count_io
  before=$(milliseconds) read_before=$read_sectors write_before=$write_sectors ios_before=$ios ticks_before=$ticks
  sleep 1
  count_io
  after=$(milliseconds)
  span=$((after > before ? after - before : 1000))
  ((ios == ios_before)) || wait=$(awk -v time=$((ticks - ticks_before)) -v count=$((ios - ios_before)) 'BEGIN { printf "%.2f", time / count }')
  printf '{"readBytesPerSecond":%d,"writeBytesPerSecond":%d,"awaitMillis":%s}' \
    $(((read_sectors - read_before) * 512000 / span)) $(((write_sectors - write_before) * 512000 / span)) "$wait"
}
