# The engine drbd: DRBD 8.4 with its metadata in a file outside the replicated device.
#
# What an engine is. The steps call "engine_call up" and get drbd_up or md_up, by the engine of the session. All run
# after load_session (so: role, name, directory, settings, and per volume devices, sizes, …); what they must keep for
# later they put with `remember`. They fail with `fail`; where "false" is written they return false instead. Each may
# be called again at any time and then finds its work done.
#
#   E_needs              lines for find_missing: modules and commands; before there is a session
#   E_version            the version in words or nothing; E_supported VERSION: whether these scripts can use it
#   E_prepare            makes metadata for all volumes that have none yet; the source serves on, its devices are not attached
#   E_ahead              source, prepared, the way to the other side made: begins what takes time and the switch needs
#   E_up                 all volumes: offers or waits for the other side without serving itself; after a reboot too
#   E_offer              source, unmounted, phase switching: declares the local blocks to be the data. Nobody else may see
#                        them before E_up, so this can still be undone: E_withdraw (the plain device is free again, and
#                        the next E_offer is as the first)
#   E_join SECONDS       target: waits until every block can be read here, locally or from the source; false with said
#   E_hold, E_follow     target: keeps copying back while the switch has the link for itself, and lets it begin. It does
#                        not outlive a reboot
#   E_promote            makes all volumes writable here; false with said. After a reboot of a source that serves it comes
#                        before E_connect: who serves must be known before the other side can ask
#   E_attach, E_connect  the two halves of E_up: takes the plain devices; lets the other side come
#   E_demote             gives up being writable, stays the mirror of the other side; false with said
#   E_device VOLUME      prints the path to mount while the engine is up
#   E_attached VOLUME    whether the engine holds the plain device here
#   E_state VOLUME       sets state local_state peer_state peer_role connected suspended bytes_left rate, without any I/O
#   E_complete VOLUME    whether the local device alone holds everything (after E_state)
#   E_leave VOLUME       frees the plain device at once while the mappings above it lie on an error; false with said
#   E_rates              puts settings[minRate] and settings[maxRate] (KiB/s) into force
#   E_verify_start, E_verify_state VOLUME
#                        starts comparing all blocks; sets verify (running, done, broken) checked and differing, in bytes
#   E_verify_repair      copies blocks that were found to differ from the side that serves to the other
#   E_accept_loss        what only the other side has is given up: I/O goes on, with errors where blocks are lost
#   E_down               lets go of all plain devices; E_forget removes what E_prepare made
#   E_errors VOLUME      after E_state: a line for each thing that is wrong, with what to do; split brain by these words
#
# In files by what needs them, for a document has 64 KB: here what every step but inspect needs, drbd-source.sh and
# drbd-target.sh for those of that side, drbd-serve.sh for those that change who serves, drbd-verify.sh for verify,
# drbd-errors.sh for status, engines.sh for what needs no session.
#
# Here: fencing is by phase. DRBD never promotes by itself; a step or the boot unit does, as the phase file says.

drbd_device() { # volume
  printf '/dev/drbd%d' "${settings[minor.$1]}"
}

# The plain device and some zeros. Where the number of blocks is a multiple of 64, the kernel masks the last 64 bits with 0 whenever it
# reads the bitmap (bm_count_bits in drivers/block/drbd/drbd_bitmap.c): 256 KiB that nobody would copy once both hosts have restarted. What
# lies above maps as much as the plain device has.
drbd_disk() { # volume: its name
  printf '%s-%d-disk' "$name" "$1"
}

drbd_tail() { # volume: in sectors; a block, or two where one would make it a multiple of 64
  printf '%d' $((sizes[$1] / 4096 % 64 == 63 ? 16 : 8))
}

drbd_lengthen() { # volume
  local sectors=$((sizes[$1] / 512))
  [[ -e /dev/mapper/$(drbd_disk "$1") ]] || printf '%s\n' "0 $sectors linear $(readlink -f "${devices[$1]}") 0" "$sectors $(drbd_tail "$1") zero" | dmsetup create "$(drbd_disk "$1")"
}

drbd_shorten() { # volume
  [[ ! -e /dev/mapper/$(drbd_disk "$1") ]] || dmsetup remove --retry "$(drbd_disk "$1")"
}

drbd_admin() { # arguments of drbdadm
  drbdadm --config-file "$directory/drbd.conf" "$@"
}

drbd_load() {
  [[ -d /sys/module/drbd ]] || must 7 NotSupported 'can not load DRBD' modprobe drbd
  [[ -d /sys/module/loop ]] || must 7 NotSupported 'can not load loop devices' modprobe loop
  drbd_supported "$(drbd_version)" || fail 7 NotSupported "DRBD here is $(drbd_version), not 8.4" '"missing":["DRBD 8.4"]'
}

drbd_line() { # volume: its line of /proc/drbd
  grep "^ *${settings[minor.$1]}: cs:" /proc/drbd 2>/dev/null
}

drbd_has_disk() { # volume
  [[ $(drbd_line "$1") =~ ds:([A-Za-z]+)/ && ${BASH_REMATCH[1]} != Diskless ]]
}

# Also where an attach failed, or a run was killed, and only what is laid under DRBD holds the plain device: nobody could mount that.
drbd_attached() { # volume
  [[ -e /dev/mapper/$(drbd_disk "$1") ]] || drbd_has_disk "$1"
}

drbd_configured() { # volume
  [[ $(drbd_line "$1") == *' ro:'* ]]
}

# Numbers that no other resource of this host has, whether it runs or not.
drbd_choose_minors() {
  local index minor=0 taken
  taken=" $(grep -hoE '^ *[0-9]+: cs:[A-Z][a-z]+[A-Za-z]* ro' /proc/drbd | grep -oE '[0-9]+' | tr '\n' ' ') "
  taken+="$(grep -hoE '(minor +|/dev/drbd)[0-9]+' /etc/drbd.conf /etc/drbd.d/* 2>/dev/null | grep -oE '[0-9]+$' | tr '\n' ' ') "
  taken+="$(grep -hE '^minor\.[0-9]+=' "$home"/*/settings | cut -d = -f 2 | tr '\n' ' ') "
  for index in "${!mounts[@]}"; do
    [[ -z ${settings[minor.$index]} ]] || continue
    while [[ $taken == *" $minor "* ]]; do ((minor += 1)); done
    taken+="$minor "
    settings[minor.$index]=$minor
  done
  save_settings
}

drbd_metadata() { # volume
  printf '%s/metadata-%d' "$directory" "$1"
}

drbd_loop() { # volume: the loop device over its metadata, or nothing
  losetup --noheadings --output NAME --associated "$(drbd_metadata "$1")" | head -n 1
}

# Direct I/O and flushes: through the page cache, a power-off of the source once erased its metadata, and the target
# then refused it.
drbd_attach_loop() { # volume
  local file loop direct
  file=$(drbd_metadata "$1")
  [[ -s $file ]] || fail 6 EngineFailed "$file is gone: what DRBD knew of the blocks is lost"
  loop=$(drbd_loop "$1")
  if [[ -z $loop ]]; then
    loop=$(losetup --find --show --direct-io=on "$file") || fail 6 EngineFailed "can not make a loop device of $file"
    # DRBD reads its bitmap page by page, 8,192 for each TiB, on the source in the pause: a scheduler merges them
    printf 'mq-deadline' >"/sys/class/block/${loop##*/}/queue/scheduler" 2>/dev/null
  fi
  read -r direct <"/sys/class/block/${loop##*/}/loop/dio"
  if [[ $direct != 1 ]]; then
    losetup --detach "$loop"
    fail 7 NotSupported "the filesystem of $file does no direct I/O" '"missing":["direct I/O below MetadataDirectory"]'
  fi
}

drbd_prepare() {
  local index file megabytes free
  drbd_load
  drbd_choose_minors
  for index in "${!mounts[@]}"; do
    file=$(drbd_metadata "$index")
    if [[ ! -s $file ]]; then
      # a bit for each 4 KiB, and room for the activity log; written out, so that it never finds the disk full
      megabytes=$((sizes[index] / 32768 / 1048576 + 5))
      free=$(df --block-size=1M --output=avail "$directory" | tail -n 1)
      ((free > megabytes + 256)) || fail 7 NotSupported "the metadata takes $megabytes MiB and 256 to spare, $directory has ${free// /} MiB" \
        '"missing":["free space below MetadataDirectory"]'
      must 6 EngineFailed 'can not make the metadata' dd if=/dev/zero of="$file.new" bs=1M count="$megabytes" conv=fsync
      mv -f "$file.new" "$file"
      durable "$directory"
      settings[blank.$index]=yes
      save_settings
    fi
    drbd_attach_loop "$index"
    # while it is attached, DRBD works with it: then it is not blank any more
    if [[ ${settings[blank.$index]} == yes ]] && ! drbd_has_disk "$index"; then
      must 6 EngineFailed 'can not make the metadata' drbdmeta --force "${settings[minor.$index]}" v08 "$(drbd_loop "$index")" flex-external create-md \
        --al-stripe-size-kB 80
      durable "$file"
      settings[bitmap.$index]=''
      remember "blank.$index" no
    fi
  done
  drbd_configure
  # not while a switch is taken back: there somebody waits, and nothing more may fail
  [[ $role == source && $(phase) != switching ]] || return 0
  for index in "${!mounts[@]}"; do refuse_taken_port $((settings[port] + index)); done
  for index in "${!mounts[@]}"; do drbd_write_bitmap "$index"; done
}

# The first time that DRBD is attached it writes its whole bitmap, in pages that nothing merges: for 1 TiB 2.7 s at 3,000 I/Os
# a second. On the source that would be in the pause. So it is attached to as many zeros before.
drbd_write_bitmap() { # volume
  local text said zeros=$name-zeros-$1
  drbd_end_zeros "$1" || fail 6 EngineFailed "DRBD does not let go of $zeros"
  [[ ${settings[bitmap.$1]} != written ]] && ! drbd_has_disk "$1" || return 0
  must 6 EngineFailed 'device mapper' dmsetup create "$zeros" --table "0 $((sizes[$1] / 512 + $(drbd_tail "$1"))) zero"
  text=$(<"$directory/drbd.conf")
  write "$directory/zeros.conf" "${text//"disk \"/dev/mapper/$(drbd_disk "$1")\";"/"disk \"/dev/mapper/$zeros\";"}"
  said=$(for each in new-resource new-minor attach; do drbdadm --config-file "$directory/zeros.conf" "$each" "$name-$1" 2>&1 || exit; done)
  (($? == 0)) || { drbd_end_zeros "$1"; fail 6 EngineFailed "DRBD does not write its bitmap: $said"; }
  drbd_end_zeros "$1" || fail 6 EngineFailed "DRBD does not let go of $zeros"
  rm -f "$directory/zeros.conf"
  remember "bitmap.$1" written
}

drbd_end_zeros() { # volume: false where DRBD still holds them
  [[ -e /dev/mapper/$name-zeros-$1 ]] || return 0
  ! drbd_configured "$1" || drbd_leave "$1" || return
  dmsetup remove --retry "$name-zeros-$1"
}

# Of its pages DRBD asks for no more than half in each tenth of a second, when it synchronises and when it verifies
# (drbd_rs_number_requests in the kernel's drbd_worker.c): 8000, a usual value, end at 160 MB/s. These bring what one
# connection gets at most between two instances, 10 Gbit/s. A limit and no reserve; a sixteenth of a small memory.
drbd_buffers() {
  awk -v page="$(getconf PAGESIZE)" '/^MemTotal:/ { most = 268435456; bytes = $2 * 64; print int((bytes < most ? bytes : most) / page) }' /proc/meminfo
}

drbd_most() { # KiB/s: DRBD takes no less than 250
  printf '%d' $(($1 < 250 ? 250 : $1))
}

# Written anew at each start: loop devices change, and the name of a host may.
drbd_configure() {
  local index host text buffers lost=suspend-io count=${#mounts[@]}
  host=$(uname -n)
  wireguard_addresses
  buffers=$(drbd_buffers)
  [[ ${settings[lossAccepted]} != yes ]] || lost=io-error
  text='global { usage-count no; }'
  for index in "${!mounts[@]}"; do
    # What the application writes outside of 16,381 extents of 4 MiB, 64 GiB, first waits for a write of the activity log on
    # the root volume; and as much at the most is copied once more after the target has lost its power.
    # A time-out above the delay of a full queue on a slow link: the ping of DRBD shares the way with its data. All
    # below 350 seconds, after which some networks forget an idle connection.
    text+="
resource $name-$index {
  options { on-no-data-accessible $lost; }
  net {
    protocol C; connect-int 3; ping-int 3; ping-timeout 30; timeout 29; ko-count 7; max-buffers $buffers; verify-alg crc32c;
    after-sb-0pri disconnect; after-sb-1pri disconnect; after-sb-2pri disconnect;
  }
  disk {
    on-io-error detach; al-extents 16381;
    c-plan-ahead 5; c-fill-target 256k; resync-rate 10M;
    c-min-rate $((settings[minRate] / count))k; c-max-rate $(drbd_most $((settings[maxRate] / count)))k;
  }
  device $(drbd_device "$index") minor ${settings[minor.$index]};
  disk \"/dev/mapper/$(drbd_disk "$index")\";
  flexible-meta-disk $(drbd_loop "$index");
  on $host { address ipv4 $own_address:$((settings[port] + index)); }
  on peer-of-$host { address ipv4 $peer_address:$((settings[port] + index)); }
}"
  done
  [[ -r $directory/drbd.conf && $(<"$directory/drbd.conf") == "$text" ]] || write "$directory/drbd.conf" "$text"
}

drbd_attach() { # all volumes, not yet connected
  local index
  drbd_load
  for index in "${!mounts[@]}"; do
    # from an interrupted run: never may zeros be taken for the data
    drbd_end_zeros "$index" || fail 6 EngineFailed "DRBD does not let go of $name-zeros-$index"
    drbd_attach_loop "$index"
  done
  drbd_configure
  for index in "${!mounts[@]}"; do
    drbd_has_disk "$index" && continue
    drbd_configured "$index" || {
      must 6 EngineFailed 'DRBD' drbd_admin new-resource "$name-$index"
      must 6 EngineFailed 'DRBD' drbd_admin new-minor "$name-$index"
    }
    must 6 EngineFailed "device mapper does not take ${devices[index]}" drbd_lengthen "$index"
    must 6 EngineFailed "DRBD does not take ${devices[index]}" drbd_admin attach "$name-$index"
  done
}

drbd_connect() {
  local index
  for index in "${!mounts[@]}"; do
    [[ $(drbd_line "$index") != *'cs:StandAlone '* ]] ||
      must 6 EngineFailed 'DRBD does not connect' drbd_admin connect "$name-$index"
  done
}

drbd_up() {
  drbd_attach
  drbd_connect
}

drbd_state() { # volume
  local line
  state=waiting local_state='' peer_state='' peer_role='' connected=no suspended=no bytes_left=${sizes[$1]} rate=0
  local cs='' flags=''
  line=$(grep -A 3 "^ *${settings[minor.$1]:-none}: cs:" /proc/drbd 2>/dev/null)
  if ! [[ $line =~ cs:([A-Za-z]+)\ ro:([A-Za-z]+)/([A-Za-z]+)\ ds:([A-Za-z]+)/([A-Za-z]+)\ [A-C]?\ *([a-z-]+) ]]; then
    [[ $(phase) == prepar* ]] || state=stopped
    return
  fi
  cs=${BASH_REMATCH[1]} peer_role=${BASH_REMATCH[3],,} local_state=${BASH_REMATCH[4]} peer_state=${BASH_REMATCH[5]} flags=${BASH_REMATCH[6]}
  [[ $line =~ oos:([0-9]+) ]] && bytes_left=$((BASH_REMATCH[1] * 1024))
  [[ $line =~ speed:\ ([0-9,]+) ]] && rate=$((${BASH_REMATCH[1]//,/} * 1024))
  case $cs in
    Connected) connected=yes state=synchronised
      [[ $local_state/$peer_state == UpToDate/UpToDate ]] || state=waiting ;;
    VerifyS | VerifyT) connected=yes state=verifying ;;
    SyncSource | SyncTarget | PausedSync* | WFBitMap* | WFSyncUUID | StartingSync*) connected=yes state=synchronising ;;
    StandAlone) state=stopped ;;
    *) state=disconnected
      [[ $(phase) != prepar* ]] || state=waiting ;;
  esac
  if [[ $flags == s* ]]; then suspended=yes state=suspended; fi
}

drbd_leave() { # volume
  local attempt
  # whoever looked at the device a moment ago, such as udev, may still have it open
  for attempt in 1 2 3 4 5; do
    # a run that was killed may have come so far, and DRBD refuses to take down what it does not know
    if ! drbd_configured "$1" || drbdsetup down "$name-$1"; then drbd_shorten "$1" && return; fi
    sleep 0.$((attempt * 2))
  done
  return 1
}

drbd_down() {
  local index loop
  for index in "${!mounts[@]}"; do
    [[ -n ${settings[minor.$index]} ]] || continue
    if drbd_configured "$index"; then
      must 6 EngineFailed "DRBD does not let go of ${devices[index]}" drbd_leave "$index"
    fi
    drbd_end_zeros "$index"
    drbd_shorten "$index"
    loop=$(drbd_loop "$index")
    [[ -z $loop ]] || losetup --detach "$loop"
  done
}

drbd_forget() {
  drbd_down
  rm -f "$directory/drbd.conf" "$directory"/metadata-*
}
