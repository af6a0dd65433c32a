#!/bin/bash
#
# Tells who this system says it is. Changes nothing, and so may run on the original as well as on a clone.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd 219 or later.
#
# Prints one line of JSON:
#   {"registration": the instance id under which Systems Manager knows this system,
#    "instanceId": what the instance metadata say, null where they are switched off,
#    "machineId": SHA-256 of /etc/machine-id, which itself is confidential (machine-id(5)),
#    "hostKeys": [fingerprint], "hostname", "cloudInit": the instance id that cloud-init works for, or null}
#
# Exit status 0. What can not be read is null, or missing from its list: the reader decides what that means.

export LC_ALL=C

# part: answers.sh
# part: instance.sh

host_keys() { # fingerprints, one a line
  local file line
  while read -r file; do
    [[ -n $file ]] || continue
    line=$(quietly ssh-keygen -l -f "$file")
    [[ $line =~ (SHA256:[A-Za-z0-9+/=]+|MD5:[0-9a-f:]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
  done < <(quietly find /etc/ssh -maxdepth 1 -name 'ssh_host_*_key.pub')
}

machine_id=$(quietly sha256sum /etc/machine-id)
cloud_init=$(quietly readlink /var/lib/cloud/instance)
keys=()
while read -r key; do keys+=("$key"); done < <(host_keys)

printf '{"registration":%s,"instanceId":%s,"machineId":%s,"hostKeys":%s,"hostname":%s,"cloudInit":%s}\n' \
  "$(or_null "$AWS_SSM_INSTANCE_ID")" "$(or_null "$(metadata instance-id)")" "$(or_null "${machine_id%% *}")" \
  "$(list "${keys[@]}")" "$(or_null "$(quietly hostnamectl --static)")" "$(or_null "${cloud_init##*/}")"
