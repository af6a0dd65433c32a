import { runDocument } from '../../guest/agent';
import type { Account } from '../account';
import type { CommandRecord, Invocation } from './state';

/**
 * The course of one command on one instance.
 *
 * Pending until the agent has it, at most TimeoutSeconds long; then InProgress until the agent reports, at most as long as
 * the document allows (Systems Manager User Guide, "Understanding command statuses"). An agent that is away gets it when
 * it comes back; what an instance does not live to report times out.
 */
export function deliver(account: Account, command: CommandRecord, invocation: Invocation): void {
  const guest = account.ssm.guest(invocation.instanceId);
  const deadline = command.requestedAt + command.timeoutSeconds * 1000;
  const attempt = () => {
    if (isOver(invocation)) return;
    if (account.ssm.guest(invocation.instanceId).reachable) {
      void account.clock.during(start(account, command, invocation));
      return;
    }
    invocation.status = 'Delayed';
    invocation.details = 'Delayed';
    account.clock.after(account.ssm.timing.retry, attempt);
  };
  account.clock.after(guest.deliveryDelay, attempt);
  account.clock.at(deadline, () => {
    if (invocation.status === 'Pending' || invocation.status === 'Delayed') end(account, invocation, 'TimedOut', 'DeliveryTimedOut');
  });
}

/** Begins the script; does not wait for its end, which is a matter of virtual time. */
async function start(account: Account, command: CommandRecord, invocation: Invocation): Promise<void> {
  const { clock, ssm } = account;
  const guest = ssm.guest(invocation.instanceId);
  invocation.status = 'InProgress';
  invocation.details = 'InProgress';
  invocation.startedAt = clock.now();
  const lost = clock.after(command.document.step.timeoutSeconds * 1000 + guest.reportDelay + 1000, () => {
    end(account, invocation, 'TimedOut', 'ExecutionTimedOut');
  });
  void runDocument(guest, command.document, command.values, command.commandId, kill => { invocation.kill = kill; })
    .then(result => clock.after(guest.reportDelay, function report() {
      // an instance that is gone reports nothing, one that is cut off reports later
      if (!ssm.guest(invocation.instanceId).running || isOver(invocation)) return;
      if (!guest.connected) {
        clock.after(ssm.timing.retry, report);
        return;
      }
      lost.cancel();
      invocation.stdout = result.stdout;
      invocation.stderr = result.stderr;
      invocation.responseCode = result.exitCode;
      invocation.startedAt = result.startedAt;
      invocation.endedAt = result.endedAt;
      if (command.cancelled) end(account, invocation, 'Cancelled', 'Cancelled');
      else if (result.outcome === 'TimedOut') end(account, invocation, 'TimedOut', 'ExecutionTimedOut');
      else end(account, invocation, result.outcome, result.outcome);
    }))
    // whoever asks for the result hears of it
    .catch((error: unknown) => { invocation.fault = error instanceof Error ? error : new Error(String(error)); });
}

/** Cancels what has not ended; what the instance already did stays done. */
export function cancel(account: Account, command: CommandRecord, invocation: Invocation): void {
  if (isOver(invocation)) return;
  command.cancelled = true;
  if (invocation.status !== 'InProgress') {
    end(account, invocation, 'Cancelled', 'Cancelled');
    return;
  }
  invocation.status = 'Cancelling';
  invocation.details = 'Cancelling';
  account.clock.after(account.ssm.guest(invocation.instanceId).deliveryDelay, () => invocation.kill?.());
}

export function isOver({ status }: Invocation): boolean {
  return status === 'Success' || status === 'Failed' || status === 'TimedOut' || status === 'Cancelled';
}

function end(account: Account, invocation: Invocation, status: Invocation['status'], details: string): void {
  if (isOver(invocation)) return;
  invocation.status = status;
  invocation.details = details;
  invocation.endedAt ??= account.clock.now();
}
