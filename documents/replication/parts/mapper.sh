# Two linear mappings between the filesystem and what lies below: im-<Session>-<i> on im-<Session>-<i>-mid on the engine.
#
# The upper one holds back what the application asks for, while the lower one is laid on something else: so the engine
# leaves from under a mounted filesystem. With the upper one alone, the engine would stay in use until the end.

mapper_device() { # volume
  printf '/dev/mapper/%s-%d' "$name" "$1"
}

mapper_exists() { # name of a mapping
  dmsetup info "$1" >/dev/null 2>&1
}

mapper_up() { # volume, device below
  local upper=$name-$1 length=$((sizes[$1] / 512))
  mapper_exists "$upper-mid" ||
    must 6 EngineFailed 'device mapper' dmsetup create "$upper-mid" --table "0 $length linear $(readlink -f "$2") 0"
  mapper_exists "$upper" ||
    must 6 EngineFailed 'device mapper' dmsetup create "$upper" --table "0 $length linear /dev/mapper/$upper-mid 0"
}

mapper_down() { # volume
  local upper=$name-$1
  ! mapper_exists "$upper" || dmsetup remove --retry "$upper" &&
    { ! mapper_exists "$upper-mid" || dmsetup remove --retry "$upper-mid"; }
}

# Puts the lower mapping on another device while the filesystem is mounted and in use. The command takes away what was
# below; where it fails everything is put back as it was. Sets silent, the milliseconds in which nothing was answered.
mapper_swap() { # volume, device below from now on, command
  local upper=$name-$1 lower=$name-$1-mid length=$((sizes[$1] / 512)) below before began status=0
  below="0 $length linear $(readlink -f "$2") 0"
  shift 2
  before=$(dmsetup table "$lower") || return
  # an earlier run may have been killed half-way: then the upper one waits and the lower one is an error already
  [[ $before == *error* ]] || dmsetup load "$lower" --table "0 $length error" || return
  began=$(milliseconds)
  # This freezes the filesystem, so that what the other side has last is whole. One that has met lost blocks may have
  # stopped itself and can not be frozen any more.
  if ! dmsetup suspend "$upper" && ! { [[ ${settings[lossAccepted]} == yes ]] && dmsetup suspend --nolockfs "$upper"; }; then
    said='the filesystem can not be frozen'
    dmsetup clear "$lower"
    return 1
  fi
  # resuming changes over to the table that was loaded; suspended again at once, so that whoever looks at new tables,
  # such as udev, waits and does not read the error
  if ! { dmsetup suspend "$lower" && dmsetup resume --noudevsync "$lower" && dmsetup suspend "$lower"; }; then
    below=$before status=1
  elif ! said=$("$@" 2>&1); then
    below=$before status=1
  fi
  [[ $below != *error* ]] && dmsetup load "$lower" --table "$below" && dmsetup resume --noudevsync "$lower" || status=1
  # with an error below, going on would damage the filesystem: it waits until the step is repeated
  [[ $(dmsetup table "$lower") == *error* ]] || dmsetup resume --noudevsync "$upper" || status=1
  silent=$(($(milliseconds) - began))
  return "$status"
}

mapper_lies_on() { # volume, device: whether the lower mapping is on that device
  local table
  table=$(dmsetup table "$name-$1-mid" 2>/dev/null)
  [[ $table == *" $(lsblk --noheadings --nodeps --raw --output MAJ:MIN "$2") 0" ]]
}

# Mappings that an earlier session left over a plain device, which nothing uses any more.
mapper_remove_old() { # device
  local path holder
  for path in /sys/class/block/"$(basename "$(readlink -f "$1")")"/holders/*; do
    [[ -r $path/dm/name ]] || continue
    holder=$(<"$path/dm/name")
    [[ $holder =~ ^im-[0-9a-f]{12}-[0-9]+-mid$ ]] || continue
    dmsetup remove --retry "${holder%-mid}"
    dmsetup remove --retry "$holder"
  done
}
