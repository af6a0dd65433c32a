#!/bin/bash
#
# Gives a clone an identity of its own: machine id, SSH host keys, host name, cloud-init's state. Then it reboots, for
# what runs already knows the old machine id, and tells what it found.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd 219 or later.
#
# Parameters
#   Owner    ARN of the execution that made the clones
#   Clones   instance ids, separated by commas: on any other instance nothing happens, above all not on the original
#
# Prints one line of JSON, after the reboot:
#   {"owner", "found": {"machineId": SHA-256 of /etc/machine-id, "hostKeys": [fingerprint], "hostname", "cloudInit"}}
# or {"error", "message"} and one of these exit statuses:
#   2 InvalidParameter
#   3 NotAClone      this instance is not among Clones, or nobody can tell which instance it is
#   4 StillBooting   cloud-init has not come to the end of the first boot
#   5 ResetFailed    a part could not be reset
#   7 NotSupported   a command is missing
# Exit status 194 asks the SSM agent to reboot and to run this again (Systems Manager User Guide, "Handling reboots when
# running commands"); nothing is printed then.
#
# May be sent twice: what was done is noted on the disk, and the second run gets the answer of the first.
#
# Left alone: keys and certificates of programs, host keys outside of /etc/ssh, and a host name that the system's own
# configuration sets again at each boot.

export LC_ALL=C

# Agents older than 3.3.2746.0 know no interpolationType and write the values into this text.
# The document's allowedPattern keeps that harmless.
[[ -n ${SSM_Owner+set} ]] || SSM_Owner='{{ Owner }}'
[[ -n ${SSM_Clones+set} ]] || SSM_Clones='{{ Clones }}'

reboot=194
# a symbolic link that leads nowhere: it is made whole or not at all, and its text is the note
record=/var/lib/instance-mobility-identity

# part: answers.sh
# part: instance.sh

fact() { # name, note: the value noted there, or nothing
  [[ " $2 " =~ " $1="([^ ]+)" " ]] && printf '%s' "${BASH_REMATCH[1]}"
}

must() { # what, command: fails where the command does
  local what=$1 said
  shift
  said=$("$@" 2>&1) || fail 5 ResetFailed "could not $what: $said"
}

host_keys() { # fingerprints, separated by commas
  local file line keys=''
  while read -r file; do
    [[ -n $file ]] || continue
    line=$(quietly ssh-keygen -l -f "$file")
    [[ $line =~ (SHA256:[A-Za-z0-9+/=]+|MD5:[0-9a-f:]+) ]] && keys+=${keys:+,}${BASH_REMATCH[1]}
  done < <(quietly find /etc/ssh -maxdepth 1 -name 'ssh_host_*_key.pub')
  printf '%s' "$keys"
}

# User data may still run; a reboot would cut it off.
wait_for_first_boot() {
  local attempt
  [[ -n $(command -v cloud-init) ]] || return 0
  for ((attempt = 0; attempt < 60; attempt++)); do
    [[ $(cloud-init status 2>&1) == *'status: running'* ]] || return 0
    sleep 5
  done
  fail 4 StillBooting 'cloud-init still works on the first boot: user data may be waiting for a network that an isolated clone does not have'
}

reset_machine_id() {
  local bus
  bus=$(quietly find /var/lib/dbus -maxdepth 0)
  # systemd would take the old one back from the file of D-Bus
  must 'remove the old machine id' rm --force /etc/machine-id /var/lib/dbus/machine-id
  must 'make a machine id' systemd-machine-id-setup
  [[ -z $bus ]] || must 'give D-Bus the machine id' ln --symbolic --force /etc/machine-id /var/lib/dbus/machine-id
}

reset_host_keys() {
  local file files=()
  [[ -n $(command -v ssh-keygen) ]] || return 0
  while read -r file; do
    [[ -z $file ]] || files+=("$file")
  done < <(quietly find /etc/ssh -maxdepth 1 -name 'ssh_host_*_key*')
  ((${#files[@]} == 0)) || must 'remove the old host keys' rm --force "${files[@]}"
  must 'make host keys' ssh-keygen -A
}

reset_hostname() {
  local name
  name=$(metadata local-hostname)
  name=${name%%.*}
  [[ $name =~ ^[A-Za-z0-9-]{1,63}$ ]] || name=$own
  must 'set the host name' hostnamectl set-hostname "$name"
}

# cloud-init goes by the instance id; only where it was told to trust its cache it still works for the original.
reset_cloud_init() {
  local state others=()
  [[ -n $(command -v cloud-init) ]] || return 0
  state=$(quietly readlink /var/lib/cloud/instance)
  # it has never run here
  [[ -n $state ]] || return 0
  if [[ ${state##*/} != "$own" ]]; then
    must "clear cloud-init's state" cloud-init clean
    return
  fi
  # what it kept of the original: its user data above all
  while read -r state; do
    [[ -z $state || ${state##*/} == "$own" ]] || others+=("$state")
  done < <(quietly find /var/lib/cloud/instances -mindepth 1 -maxdepth 1)
  ((${#others[@]} == 0)) || must "remove cloud-init's state of the original" rm --recursive --force "${others[@]}"
}

answer() { # note
  local keys
  keys=$(fact keys "$1")
  # shellcheck disable=SC2086 # fingerprints hold no blanks
  printf '{"owner":%s,"found":{"machineId":%s,"hostKeys":%s,"hostname":%s,"cloudInit":%s}}\n' "$(quote "$SSM_Owner")" \
    "$(or_null "$(fact machine "$1")")" "$(list ${keys//,/ })" "$(or_null "$(fact hostname "$1")")" "$(or_null "$(fact cloud "$1")")"
  exit 0
}

[[ $SSM_Owner =~ ^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+$ ]] ||
  fail 2 InvalidParameter 'Owner is not the ARN of an execution'
[[ $SSM_Clones =~ ^i-[0-9a-f]{8,17}(,i-[0-9a-f]{8,17})*$ ]] ||
  fail 2 InvalidParameter 'Clones is not a list of instance ids, separated by commas'
need cat curl find hostnamectl ln readlink rm sha256sum sleep systemd-machine-id-setup

own=$(metadata instance-id)
[[ -n $own ]] || own=$AWS_SSM_INSTANCE_ID
[[ -n $own && ,$SSM_Clones, == *,$own,* ]] || fail 3 NotAClone "this is ${own:-nobody knows which instance}, and the clones are $SSM_Clones"

boot=$(quietly cat /proc/sys/kernel/random/boot_id)
note=$(quietly readlink "$record")
if [[ $(fact instance "$note") == "$own" && $(fact owner "$note") == "$SSM_Owner" ]]; then
  [[ $(fact boot "$note") != "$boot" ]] || exit "$reboot"
  answer "$note"
fi

wait_for_first_boot
machine=$(quietly sha256sum /etc/machine-id)
cloud=$(quietly readlink /var/lib/cloud/instance)
hostname=$(quietly hostnamectl --static)
note="instance=$own owner=$SSM_Owner boot=$boot"
for pair in "machine=${machine%% *}" "keys=$(host_keys)" "hostname=$hostname" "cloud=${cloud##*/}"; do
  [[ ${pair#*=} =~ ^[^[:space:]]+$ ]] && note+=" $pair"
done

reset_machine_id
reset_host_keys
reset_hostname
reset_cloud_init
# last: a run that died before this does all of it again
must 'note what was done' ln --symbolic --force --no-dereference "$note" "$record"
exit "$reboot"
