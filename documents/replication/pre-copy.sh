#!/usr/bin/env bash
#
# Copies ahead: the target follows the source, which serves on through the engine. Sent to the target first, then to the
# source, whose services pause once for as long as they take to stop and start. switch-source hands over afterwards.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#
# Prints one line of JSON:
#   {"session", "role": "source" | "target", "phase": "mirrored", "serving", "volumes": [{"index", "mountPoint", "device", "bytes"}],
#    "pausedAt": on the source, the first service was told to stop, "servingAt": the services had been started again,
#    both null on the target}
# or {"error", "message", ...} and one of these exit statuses; on the source the services then run as before:
#   2 InvalidParameter  4 NotFound  5 Busy ("mountPoint", "holders")  6 EngineFailed  7 NotSupported (not by this engine)
#   8 WrongState        9 PeerUnreachable  10 AgentTooOld
#   13 ServiceFailed    a service did not stop; or, the engine holding the data already, did not start again: repeat, or fall back
#
# May be sent again.

# part: answer.sh
# part: parameters.sh
# part: session.sh
# part: devices.sh
# part: wireguard.sh
# part: services.sh
# part: mounts.sh
# part: mapper.sh
# part: engines.sh
# part: engine.sh
# part: engine-source.sh
# part: engine-target.sh
# part: engine-serve.sh
# part: layouts.sh
# part: serving.sh
# part: switching.sh
# part: offering.sh
# part: leaving.sh
# part: boot.sh

mirrored_answer() {
  answer "{\"session\":\"$SSM_Session\",\"role\":\"$role\",\"phase\":\"mirrored\",\"serving\":$(truth all_mounted),\
\"pausedAt\":$(quote_or_null "${settings[aheadPausedAt]}"),\"servingAt\":$(quote_or_null "${settings[aheadServingAt]}"),\
\"volumes\":$(volumes_json '')}"
}

mirror_source() {
  if [[ $(phase) != mirrored ]]; then
    offer
    # from here on the engine has the data: a plain device that served now would be without its writes
    on_failure=
    set_phase mirrored
    remember aheadPausedAt "${settings[pausedAt]}"
  fi
  serve_again
  # the target alone sets the pace: it takes the blocks, and sees every write
  remember minRate "${settings[maxRate]}"
  engine_call rates
  [[ -n ${settings[aheadServingAt]} ]] || remember aheadServingAt "$(now)"
}

mirror_target() {
  write_boot_unit
  wireguard_up
  engine_call up
  engine_call follow
  set_phase mirrored
}

begin
declared Session
check_session
lock
load_session
# md reads what is missing from the source; it does not write ahead to a side that does not serve
[[ $engine == drbd ]] || fail 7 NotSupported "the engine $engine can not copy ahead"
case $role/$(phase) in
  source/prepared | source/switching | source/mirrored) mirror_source ;;
  target/prepared | target/mirrored) mirror_target ;;
  *) fail 8 WrongState "the session is $(phase)" ;;
esac
mirrored_answer
