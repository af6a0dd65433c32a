#!/usr/bin/env bash
#
# Goes on after a reboot, or after the operator has decided to go on without the other host. The same runs at boot.
#
# Parameters (in the environment, SSM_<Name>)
#   Session
#   AcceptLoss  yes, on the target: the source is gone for good. Blocks that only it had are given up: reading one of
#               them is an error, or after a reboot of the target yields whatever was on its device. Before a switch only
#               where a pre-copy was complete.
#
# Prints one line of JSON:
#   {"session", "role", "phase", "serving"}
# or {"error", "message", ...} and one of these exit statuses:
#   2 InvalidParameter  4 NotFound  6 EngineFailed  8 WrongState  9 PeerUnreachable  10 AgentTooOld  13 ServiceFailed
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
# part: boot.sh

begin
declared Session AcceptLoss
check_session
hold AcceptLoss 'yes|no' 'yes or no'
lock
load_session
[[ $SSM_AcceptLoss == no || $role == target ]] || fail 8 WrongState 'the source has all blocks: there is no loss to accept'
resume
answer "$(resume_json)"
