#!/bin/bash
# What closes a volume: a udev rule that sets it read-only whenever it appears, and keeps systemd and udisks from mounting it.

close_volume() { # volume: sets said; false if the rule can not be written
  local blockdev rule
  blockdev=$(command -v blockdev)
  rule='ACTION!="remove", SUBSYSTEM=="block", ATTRS{serial}=="'${1/-/}'", ENV{SYSTEMD_READY}="0",'
  # shellcheck disable=SC2016 # udev itself puts the device in
  rule+=' ENV{UDISKS_IGNORE}="1", RUN+="'$blockdev' --setro $devnode"'
  said=$(printf '# instance-mobility: shared, never written to from here\n%s\n' "$rule" |
    tee "/etc/udev/rules.d/99-instance-mobility-$1.rules" 2>&1)
}
