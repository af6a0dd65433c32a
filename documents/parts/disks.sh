#!/bin/bash
# How a script finds the disk of a volume.
# shellcheck disable=SC2034 # the scripts use what is set here

read_disks() { # fills disks
  disks=$(lsblk --nodeps --noheadings --raw --paths --output NAME,SERIAL) || fail 7 NotSupported 'lsblk does not answer'
}

disk_of() { # volume, perhaps its device name: the path of its disk, or nothing
  local name serial letters=${2#/dev/}
  letters=${letters#xv}
  letters=${letters#s}
  letters=${letters#d}
  while read -r name serial; do
    if [[ $serial == "${1/-/}" ]]; then
      printf '%s' "$name"
      return
    fi
    # Xen: what EC2 calls sdf is xvdf to most kernels, and sda1 may be a partition of xvda
    [[ -n $2 && -z $serial && " $2 /dev/xvd$letters /dev/xvd${letters%%[0-9]*} " == *" $name "* ]] || continue
    printf '%s' "$name"
    return
  done < <(printf '%s\n' "$disks")
}
