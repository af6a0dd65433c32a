#!/bin/bash
# Texts as a JSON array. `quote` stands above it: what may pass differs between the kinds of scripts.

list() { # texts: as a JSON array
  local comma='' text
  printf '['
  for text in "$@"; do
    printf '%s%s' "$comma" "$(quote "$text")"
    comma=,
  done
  printf ']'
}
