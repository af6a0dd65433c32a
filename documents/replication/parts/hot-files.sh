# The files that are in use: noted on the source while it serves, read first on the target, whose memory is cold.
#
# The list has a line for each file, what comes first first: BYTES<TAB>VOLUME<TAB>PATH below the mount point. It travels
# through the workflow, compressed and as base64, and so must stay small.

hot_files() { # prints the list: of open files and of all others those that are in memory, then open files, the small ones first
  local index
  for index in "${!mounts[@]}"; do
    {
      open_files | in_memory | sort -rn | head -n 1000
      timeout 20 find "${mounts[index]}" -xdev -type f -size +0 -print0 | in_memory | sort -rn | head -n 2000
      # who reads past the page cache has nothing in it
      open_files | timeout 5 xargs --null --no-run-if-empty stat --printf='%s\t%F\t%n\n' | sed -n 's/\tregular file\t/\t/p' | sort -n | head -n 1000
    } 2>/dev/null | grep -v '^0	' | awk -F '\t' -v volume="$index" -v skip=$((${#mounts[index]} + 2)) \
      'NF == 2 && !seen[$2]++ { print $1 "\t" volume "\t" substr($2, skip) }'
  done
}

open_files() { # of volume index, each ended by a null byte
  timeout 5 find /proc/[0-9]*/fd -maxdepth 1 -type l -lname "${mounts[index]}/*" -printf '%l\0' | sort --zero-terminated --unique
}

# Of files on standard input: how many bytes of each are in memory, where that is most of it. Of others nobody knows here which bytes these are.
in_memory() {
  [[ -n $(command -v fincore) ]] || return 0
  timeout 20 xargs --null --no-run-if-empty --max-args=500 fincore --bytes --noheadings --raw --output RES,SIZE,FILE |
    awk '2 * $1 > $2 { bytes = $1; sub(/^[^ ]+ +[^ ]+ +/, ""); gsub(/\\x20/, " "); print bytes "\t" $0 }'
}

hot_files_encoded() { # the longest beginning of the list that fits
  local list lines=2000 text
  list=$(hot_files)
  [[ -n $list ]] || return 0
  while text=$(printf '%s\n' "$list" | head -n "$lines" | gzip -9 --no-name | base64 --wrap=0); ((${#text} > 12000)); do
    lines=$((lines / 2))
  done
  printf '%s' "$text"
}

# Reads them in a unit of their own: it may take as long as the link needs, and gives way to whoever else reads.
warm() { # the list, encoded
  [[ -n $1 ]] || return 0
  local file=$directory/hot-files bytes volume path
  printf '%s' "$1" | base64 --decode | gzip --decompress --stdout | head -c 4194304 | head -n 2000 |
    while IFS=$'\t' read -r bytes volume path; do
      [[ $bytes =~ ^[0-9]{1,18}$ && $volume =~ ^[0-7]$ && -n ${mounts[volume]} && "/$path/" != */../* ]] || continue
      printf '%s\t%s\n' "$bytes" "${mounts[volume]}/$path"
    done >"$file"
  { declare -f warm_read && printf 'warm_read "$1"\n'; } >"$directory/warm"
  systemctl reset-failed "$unit-warm.service" 2>/dev/null
  systemd-run --quiet --unit="$unit-warm" --nice=19 --property=IOSchedulingClass=idle \
    --description='instance-mobility: reads what was in use before the switch' bash "$directory/warm" "$file" ||
    printf 'no unit to read hot files\n' >&2
}

warm_read() { # file: reads what it lists, up to half of the memory that is free
  local bytes path left
  left=$(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) * 512))
  while IFS=$'\t' read -r bytes path; do
    [[ -f $path && ! -L $path ]] && ((bytes <= left)) || continue
    head -c "$bytes" "$path" >/dev/null && left=$((left - bytes))
  done <"$1"
  rm -f "$1"
}

warm_end() {
  systemctl stop --quiet "$unit-warm.service" 2>/dev/null
}
