#!/usr/bin/env bash
#
# Ends the replication on the side that does not serve; before any switch it undoes the preparation on either side.
#
# After a switch the services of this host stay unable to start and its line of fstab stays a comment: its data is old.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#
# Prints one line of JSON:
#   {"session", "phase": "released"}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  6 EngineFailed
#   8 WrongState        this side serves, or it has blocks that the other does not have
#   10 AgentTooOld
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
# part: leaving.sh

begin
declared Session
check_session
lock
load_session
gate=keep
case $role/$(phase) in
  */released) answer "{\"session\":\"$SSM_Session\",\"phase\":\"released\"}" ;;
  */preparing | */prepared | target/mirrored) gate=open ;;
  source/switching)
    undo_switch
    gate=open
    ;;
  source/switched | target/fallen-back)
    for index in "${!mounts[@]}"; do
      assemble_layout "$index"
      engine_call state "$index"
      # after a reboot, or a release that was killed: what the other side lacks its metadata tell
      if [[ $role == source && -z $local_state && -s $directory/drbd.conf ]]; then
        (engine_call up) 3>&2 || fail 8 WrongState "the engine does not start here: what the other side lacks of ${mounts[index]} is not known"
        engine_call state "$index"
      fi
      # a side that serves alone from its plain device is not connected any more
      [[ $peer_role != primary || $role == target ]] || fail 8 WrongState 'the other side serves and is connected: finalize there first'
      if [[ $local_state == UpToDate && $bytes_left != 0 ]]; then
        fail 8 WrongState "$bytes_left bytes of ${mounts[index]} are here and not on the other side: fall back, or synchronise first"
      fi
    done
    ;;
  source/finalized | target/finalized) fail 8 WrongState 'this side serves and has left the replication already' ;;
  *) fail 8 WrongState "this side serves: the session is $(phase)" ;;
esac
dissolve "$gate"
answer "{\"session\":\"$SSM_Session\",\"phase\":\"released\"}"
