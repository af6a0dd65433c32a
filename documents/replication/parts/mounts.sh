# Mounting, unmounting, who holds a mount, and the lines of fstab.

# Where a line of fstab names one of the mount points it becomes a comment that says whose, so that nothing mounts the
# plain device beside the engine.
fstab_hide() {
  fstab_edit hide
}

fstab_restore() { # puts the lines back as they were
  fstab_edit restore
}

fstab_edit() { # hide or restore
  local file text
  file=$(readlink -f /etc/fstab)
  [[ -f $file ]] || return 0
  text=$(awk -v action="$1" -v mark="# instance-mobility ${settings[session]}: " -v list="${mounts[*]} ${settings[hidden]}" '
    BEGIN { count = split(list, names, " "); for (i = 1; i <= count; i++) ours[names[i]] = 1 }
    action == "restore" && index($0, mark) == 1 { print substr($0, length(mark) + 1); next }
    action == "hide" && $1 !~ /^#/ { point = $2; if (point != "/") sub("/+$", "", point); if (point in ours) { print mark $0; next } }
    { print }
  ' "$file") || fail 6 EngineFailed 'can not read fstab'
  fstab_write "$file" "$text"
}

fstab_points_of() { # device: where fstab mounts it under any of its names
  local source point rest real
  real=$(readlink -f "$1")
  while read -r source point rest; do
    case $source in
      /*) ;;
      UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) source=$(findfs "${source//\"/}" 2>/dev/null) ;;
      *) continue ;;
    esac
    [[ $(readlink -f "$source") != "$real" ]] || printf '%s ' "${point%/}"
  done </etc/fstab
}

fstab_write() { # file, text: with the owner, mode and label that it has
  [[ $(<"$1") != "$2" ]] || return 0
  cp --preserve=all "$1" "$1.$name" && printf '%s\n' "$2" >"$1.$name" && durable "$1.$name" && mv -f "$1.$name" "$1" ||
    fail 6 EngineFailed 'can not write fstab'
}

fstab_names() { # mount point: whether fstab mounts it
  awk -v wanted="$1" '$1 !~ /^#/ { point = $2; sub("/+$", "", point); if (point == wanted) found = 1 } END { exit !found }' /etc/fstab
}

# A line for the plain device. With nofail the host boots although its instance store was erased.
fstab_add() { # volume
  local file options=${mount_options[$1]:-defaults}
  file=$(readlink -f /etc/fstab)
  fstab_names "${mounts[$1]}" && return
  fstab_write "$file" "$(<"$file")"$'\n'"${devices[$1]} ${mounts[$1]} ${fstypes[$1]} $options,nofail 0 2"
}

mount_volume() { # volume, device: false with said
  is_mounted "${mounts[$1]}" && return
  make_folder "${mounts[$1]}"
  said=$(mount -t "${fstypes[$1]}" -o "${mount_options[$1]:-defaults}" "$2" "${mounts[$1]}" 2>&1 9>&-)
}

# Before a pause: what it would have to write out is written, again as long as that takes its time. And to unmount, the
# kernel frees each page that it has in memory of a filesystem, one after the other: much of it goes now.
write_out() {
  local mount round began cached
  for round in 1 2 3 4 5; do
    began=$SECONDS
    for mount in "${mounts[@]}"; do sync --file-system "$mount" 2>/dev/null 9>&- || sync 9>&-; done
    ((SECONDS - began > 1)) || break
  done
  cached=$(awk '/^Cached:/ { print $2 }' /proc/meminfo)
  ((cached < 4194304)) || printf 1 >/proc/sys/vm/drop_caches
}

depths() { # volumes, each with a slash for each level of its mount point
  local index
  for index in "${!mounts[@]}"; do printf '%s %s\n' "${mounts[index]//[!\/]/}" "$index"; done
}

by_depth() { # volumes, the deepest mount points first
  depths | sort -r | cut -d ' ' -f 2
}

by_height() { # the outermost first; tac would want a file for that, for which a full disk has no room
  depths | sort | cut -d ' ' -f 2
}

unmount_all() { # false with said and holding (the mount point) where one is refused
  local index
  for index in $(by_depth); do
    is_mounted "${mounts[index]}" || continue
    said=$(umount "${mounts[index]}" 2>&1 9>&-) || { holding=${mounts[index]} && return 1; }
  done
}

# Who holds a mount: open files, working directories, roots, mapped files.
holders_json() { # mount point
  {
    find /proc/[0-9]*/fd /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe -maxdepth 1 -type l \
      \( -lname "$1" -o -lname "$1/*" \) -printf '%p\n'
    grep -lF " $1/" /proc/[0-9]*/maps
  } 2>/dev/null | cut -d / -f 3 | sort -un | holders_of
}

holders_of() { # of the processes on standard input, one per line, the first twenty
  local process number comma='' command file group
  printf '['
  for process in $(head -n 20); do
    command='' group=''
    [[ -r /proc/$process/comm && $process != "$$" ]] || continue
    read -r command <"/proc/$process/comm"
    while IFS=: read -r number file group; do [[ $group == /* && -n $number ]] && break; done <"/proc/$process/cgroup"
    printf '%s{"pid":%d,"command":%s,"unit":%s}' "$comma" "$process" "$(quote "$command")" "$(quote_or_null "${group##*/}")"
    comma=,
  done 2>/dev/null
  printf ']'
}

# A filesystem lives on after its unmount where another mount namespace, of a container or a service, keeps it.
outlives_unmount() { # name of its device, filesystem: true after two seconds of waiting
  local attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    [[ -e /sys/fs/$2/$1 ]] || return 1
    sleep 0.2
  done
}

namespaces_json() { # device number: one process of each mount namespace that has it mounted
  local file space seen found=''
  seen=" $(readlink /proc/self/ns/mnt) "
  for file in $(grep -lF " $1 " /proc/[0-9]*/mountinfo 2>/dev/null); do
    space=$(readlink "${file%/mountinfo}/ns/mnt")
    [[ $seen != *" $space "* ]] || continue
    seen+="$space "
    file=${file#/proc/}
    found+="${file%%/*}"$'\n'
  done
  printf '%s' "$found" | holders_of
}
