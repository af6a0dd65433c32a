/** One reason why a definition is refused, worded and located as AWS does where that is known. */
export interface Problem {
  /** A JSON pointer into the definition; `/` is the machine itself. */
  readonly path: string;
  readonly message: string;
  /** AWS's code, such as `SCHEMA_VALIDATION_FAILED` or `MISSING_TRANSITION_TARGET`. */
  readonly code: string;
}

/** A definition that is no JSONata state machine; carries all that is wrong with it. */
export class InvalidDefinition extends Error {
  constructor(readonly problems: readonly Problem[]) {
    const texts = problems.map(({ code, message, path }) => `${code}: ${message}${path ? ` at ${path}` : ''}`);
    super(`Invalid State Machine Definition: '${texts.join(', ')}'`);
    this.name = 'InvalidDefinition';
  }
}

/** Collects problems, so that all of them can be told at once. */
export class Problems {
  private readonly found: Problem[] = [];
  private readonly first: Problem[] = [];

  add(path: string, message: string, code = 'SCHEMA_VALIDATION_FAILED'): void {
    this.found.push({ path, message, code });
  }

  /** What is wrong before anything else: the wrong query language. */
  addFirst(path: string, message: string): void {
    this.first.push({ path, message, code: 'SCHEMA_VALIDATION_FAILED' });
  }

  throwIfAny(): void {
    if (this.first.length + this.found.length > 0) throw new InvalidDefinition([...this.first, ...this.found]);
  }
}
