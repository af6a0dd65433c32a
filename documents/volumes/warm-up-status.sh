#!/bin/bash
#
# Tells how far the readers are that warm-up.sh has started; changes nothing.
#
# SSM Command document, schema 2.2; runs as root on Linux with systemd 219 or later.
#
# Prints one line of JSON:
#   {"volumes": [{"volume", "state": "reading" | "complete" | "failed" | "lost", "bytes": of the volume, "read": of them,
#                 "hot": {"files", "bytes", "larger": files that were too large} or null until they are read, "problem": text or null}]}
#   All that were started since the last boot. lost: its reader is gone and has not said why.
# or {"error", "message"} and this exit status:
#   7 NotSupported      a command is missing

export LC_ALL=C TZ=UTC

# part: answers.sh
# part: disks.sh
# part: shares.sh
# part: reading.sh

need cat find systemctl
volumes=()
while IFS= read -r log; do
  [[ $log =~ (vol-[0-9a-f]+)\.log$ ]] && volumes+=("${BASH_REMATCH[1]}")
done < <(find /run -maxdepth 1 -name 'instance-mobility-warm-up-vol-*.log' 2>&1)
answer_reading
