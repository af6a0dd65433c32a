/** The arguments of a command, taken apart: options by their long names, and the rest. */
export interface Parsed {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** A command that a guest runs does not do what it was told; its message goes to standard error. */
export class CommandError extends Error {
  constructor(message: string, readonly exitCode = 1) {
    super(message);
  }
}

/**
 * Takes arguments apart as getopt_long does for options in their long form.
 *
 * `known` tells which options there are and whether they take a value. An option that the guest's model does not know is
 * refused: a script that uses one must not seem to work here.
 */
export function parse(command: string, argv: readonly string[], known: Readonly<Record<string, 'flag' | 'value'>>, stopAtOperand = false): Parsed {
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    const match = /^--([a-z0-9-]+)(?:=([\s\S]*))?$/.exec(argument);
    if (!match) {
      if (argument.startsWith('-')) throw new CommandError(`${command}: the rehearsal's guest knows no option ${argument}`);
      operands.push(...argv.slice(index, stopAtOperand ? undefined : index + 1));
      if (stopAtOperand) break;
      continue;
    }
    const [, name = '', given] = match;
    if (!(name in known)) throw new CommandError(`${command}: the rehearsal's guest knows no option --${name}`);
    const value = known[name] === 'flag' ? '' : given ?? argv[++index];
    if (value === undefined) throw new CommandError(`${command}: option '--${name}' requires an argument`);
    options.set(name, [...options.get(name) ?? [], value]);
  }
  return { options, operands };
}
