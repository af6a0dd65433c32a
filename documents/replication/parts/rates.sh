# How fast blocks may be copied or compared: the parameters MinRate and MaxRate.

hold_rates() {
  hold MinRate '([1-9][0-9]{0,9})?' 'a number of KiB per second'
  hold MaxRate '([1-9][0-9]{0,9})?' 'a number of KiB per second'
}

set_rates() {
  [[ -n $SSM_MinRate$SSM_MaxRate ]] || return 0
  settings[minRate]=${SSM_MinRate:-${settings[minRate]}}
  settings[maxRate]=${SSM_MaxRate:-${settings[maxRate]}}
  within_most
  save_settings
  case $(phase) in finalized | released) ;; *) must 6 EngineFailed 'the engine takes no rate' engine_call rates ;; esac
}
