/** How an integration refuses: the error's name and its cause, as the history and `$states.errorOutput` show them. */
export class TaskFailure extends Error {
  constructor(readonly error: string, override readonly cause?: string) {
    super(cause === undefined ? error : `${error}: ${cause}`);
    this.name = 'TaskFailure';
  }
}

/** A state's failure on its way through Retry, Catch and the scopes around it. */
export class StateFailure extends Error {
  constructor(
    readonly error: string | undefined,
    override readonly cause?: string,
    /** A second name by which retriers and catchers may know it. */
    readonly alias?: string,
  ) {
    super(error ?? 'failed without a name');
    this.name = 'StateFailure';
  }

  /** `States.Runtime` ends the execution at once: no Retry, no Catch, no closing events of states around it. */
  get terminal(): boolean {
    return this.error === 'States.Runtime';
  }
}

/** Thrown to leave code whose execution, branch or iteration is over; never a failure of a state. */
export class Aborted extends Error {
  constructor() {
    super('the execution, branch or iteration was aborted');
    this.name = 'Aborted';
  }
}

/** Whether a list of `ErrorEquals` names this failure. */
export function matches(names: readonly string[], failure: StateFailure): boolean {
  if (failure.terminal) return false;
  return names.some(name => {
    if (name === failure.error || (failure.alias !== undefined && name === failure.alias)) return true;
    // the wildcards do not match it (Developer Guide, "Error names")
    if (failure.error === 'States.DataLimitExceeded') return false;
    if (name === 'States.ALL') return true;
    return name === 'States.TaskFailed' && failure.error !== 'States.Timeout';
  });
}
