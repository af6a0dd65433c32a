#!/bin/bash
# How the scripts of shared volumes know a volume, and close it.
# shellcheck disable=SC2034,SC2154 # the scripts use what is set here, and set what is used

sign_of() { # volume and partition: what stands before the lines of fstab that mount-read-only.sh has commented out for it
  printf '# instance-mobility: shared %s # ' "$1"
}

digest() { # disk, block: a hash of its block of 4 KiB, past the page cache, which may be older than what another instance has written
  local sum
  sum=$(set -o pipefail; dd if="$1" bs=4096 skip="$2" count=1 iflag=direct status=none | sha256sum -) || return 1
  printf '%s' "${sum%% *}"
}

set_read_only() { # disk: it and what stands on it; false if the kernel does not hold to it
  local name rest
  while read -r name rest; do
    : "$(blockdev --setro "$name" 2>&1)"
    [[ $(blockdev --getro "$name" 2>&1) == 1 ]] || return 1
  done < <(lsblk --noheadings --raw --paths --output NAME,FSTYPE "$1")
}
