# Block devices: their stable names, sizes, disks, and what uses them. Names such as /dev/nvme1n1 swap between boots.

stable_name() { # device: a path that means the same device after a reboot
  local real link best=''
  real=$(readlink -f "$1")
  if [[ $real == /dev/dm-* ]]; then
    printf '/dev/mapper/%s' "$(<"/sys/class/block/${real##*/}/dm/name")"
    return
  fi
  for link in /dev/disk/by-id/*; do
    [[ $(readlink -f "$link") == "$real" && $link =~ ^/dev/disk/by-id/[A-Za-z0-9_.:+-]+$ ]] || continue
    case ${link##*/} in
      nvme-Amazon_EC2_NVMe_Instance_Storage_* | md-uuid-*) best=$link && break ;;
      nvme-eui.* | nvme-nvme.* | nvme-uuid.* | wwn-* | md-name-* | lvm-pv-uuid-*) best=${best:-$link} ;;
      *) [[ -n $best && ${best##*/} != nvme-eui.* && ${best##*/} != nvme-nvme.* && ${best##*/} != wwn-* ]] || best=$link ;;
    esac
  done
  printf '%s' "$best"
}

bytes_of() { # device
  blockdev --getsize64 "$1"
}

block_size_of() { # device: its logical block size
  blockdev --getss "$1"
}

disks_below() { # device: the paths of the disks that it lies on
  lsblk --noheadings --raw --inverse --paths --output NAME,TYPE "$1" | while read -r path type; do
    [[ $type != disk ]] || printf '%s\n' "$path"
  done | sort -u
}

layout_of() { # device: disk, lvm, raid0, or what else it is
  local type
  type=$(lsblk --noheadings --nodeps --raw --output TYPE "$1" | head -n 1)
  case $type in disk | part) printf disk ;; *) printf '%s' "$type" ;; esac
}

model_of() { # disk
  local model
  model=$(lsblk --noheadings --nodeps --output MODEL "$1")
  printf '%s' "${model%"${model##*[! ]}"}"
}

is_instance_store() { # disk: by the model that the drive tells, or by the name that udev made of it
  [[ $(model_of "$1") == 'Amazon EC2 NVMe Instance Storage' || $(stable_name "$1") == */nvme-Amazon_EC2_NVMe_Instance_Storage_* ]]
}

# The devices of finished sessions stay under a mounted filesystem until the next reboot: two linear mappings of the
# plain device. What is replicated is the plain device.
plain_device() { # device
  local device=$1 real below
  while real=$(readlink -f "$device"); [[ $real == /dev/dm-* ]]; do
    [[ $(<"/sys/class/block/${real##*/}/dm/name") =~ ^im-[0-9a-f]{12}-[0-9]+(-mid)?$ ]] || break
    below=("/sys/class/block/${real##*/}/slaves"/*)
    ((${#below[@]} == 1)) && [[ -e ${below[0]} ]] || break
    device=/dev/${below[0]##*/}
  done
  printf '%s' "$device"
}

mount_field() { # mount point, column of findmnt: of the mount that is on top there
  findmnt --noheadings --raw --nofsroot --mountpoint "$1" --output "$2" | tail -n 1
}

is_mounted() { # mount point: told by the kernel's table, without touching the filesystem
  local rest point
  while read -r rest rest rest rest point rest; do
    # the place of a mount that systemd makes when it is first looked into is none yet
    [[ $point != "$1" || $rest == *' - autofs '* ]] || return 0
  done </proc/self/mountinfo
  return 1
}

all_mounted() {
  local index
  for index in "${!mounts[@]}"; do is_mounted "${mounts[index]}" || return 1; done
}

# What uses a device or something on it, in words; nothing where it is free.
use_of() { # device
  local NAME TYPE FSTYPE MOUNTPOINT said=''
  while read -r line; do
    NAME='' TYPE='' FSTYPE='' MOUNTPOINT=''
    [[ $line =~ NAME=\"([^\"]*)\" ]] && NAME=${BASH_REMATCH[1]}
    [[ $line =~ TYPE=\"([^\"]*)\" ]] && TYPE=${BASH_REMATCH[1]}
    [[ $line =~ FSTYPE=\"([^\"]*)\" ]] && FSTYPE=${BASH_REMATCH[1]}
    [[ $line =~ MOUNTPOINT=\"([^\"]*)\" ]] && MOUNTPOINT=${BASH_REMATCH[1]}
    if [[ -n $MOUNTPOINT ]]; then
      said+="${said:+, }$NAME is mounted on $MOUNTPOINT"
    elif [[ -n $FSTYPE ]]; then
      said+="${said:+, }$NAME holds $FSTYPE"
    elif [[ $TYPE != disk && $TYPE != part ]]; then
      said+="${said:+, }$NAME ($TYPE) lies on it"
    elif [[ $TYPE == part && $NAME != "$(readlink -f "$1")" ]]; then
      said+="${said:+, }$NAME is a partition of it"
    fi
  done < <(lsblk --noheadings --pairs --paths --output NAME,TYPE,FSTYPE,MOUNTPOINT "$1")
  if [[ -z $said ]]; then
    # lsblk asks udev, which may not have looked yet: the signatures on the device itself decide
    line=$(wipefs --no-act --parsable "$1" 2>/dev/null | grep -v '^#' | head -n 1)
    [[ -z $line ]] || said="$1 holds ${line##*,}"
  fi
  # of dozens of logical volumes the first ones say enough
  ((${#said} <= 200)) || said="${said:0:197}..."
  printf '%s' "$said"
}

supports_filesystem() { # type: whether the kernel can mount it
  grep -qw "$1" /proc/filesystems || modprobe -q "$1" 2>/dev/null
}
