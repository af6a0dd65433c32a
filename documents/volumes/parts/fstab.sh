#!/bin/bash
# How the lines of fstab that would mount a shared volume are taken out of force, and put back.
# shellcheck disable=SC2154 # the scripts set what is used

comment_out() { # mount, volume and partition: every line of fstab that mounts something there
  local line spec target rest text='' found=''
  while IFS= read -r line; do
    read -r spec target rest < <(printf '%s\n' "$line")
    if [[ $spec != '#'* && $target == "$1" ]]; then
      line="$(sign_of "$2")$line"
      found=1
    fi
    text+=$line$'\n'
  done < <(cat "$fstab")
  [[ -z $found ]] || : "$(printf '%s' "$text" | tee "$fstab" 2>&1)"
}

put_back() { # volume, perhaps a word and what stands in its place then: the lines of fstab that were commented out for it and its partitions
  local line sign found='' text=''
  # without what stands behind the volume: a partition may follow it
  sign=$(sign_of "$1")
  sign=${sign% # }
  while IFS= read -r line; do
    if [[ $line == "$sign"* ]]; then
      line=${line#"$sign"* # }
      [[ -z $2 ]] || line=${line//"$2"/"$3"}
      found=1
    fi
    text+=$line$'\n'
  done < <(cat "$fstab")
  [[ -z $found ]] || : "$(printf '%s' "$text" | tee "$fstab" 2>&1)"
}
