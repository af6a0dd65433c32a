import { parseArgs } from 'util';

export interface Options {
  readonly scenario?: string;
  readonly list: boolean;
  readonly help: boolean;
  readonly json: boolean;
  readonly seed: number;
  /** A file with an execution's input. */
  readonly input?: string;
  /** A folder with an inventory. */
  readonly account?: string;
  /** What plays the hosts that replicate. */
  readonly hosts: 'replay' | 'vm';
  /** A folder with recordings of hosts. */
  readonly recordings?: string;
  /** A folder of recorded loads and links. */
  readonly traces?: string;
  /** Context for bin/app.ts, as `cdk deploy -c` takes it. */
  readonly context: Readonly<Record<string, string>>;
}

/** A command line that can not be meant. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

const known = {
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  json: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  input: { type: 'string' },
  account: { type: 'string' },
  hosts: { type: 'string', default: 'replay' },
  recordings: { type: 'string' },
  traces: { type: 'string' },
  context: { type: 'string', short: 'c', multiple: true, default: [] as string[] },
} as const;

export const usage = `npm run rehearse -- [scenario] [options]

Deploys this app into a look-alike AWS account on this machine and runs it there, in virtual time.

  scenario          what to play (default: clone); --list shows all
  --list            list the scenarios
  --input FILE      run an execution with this input instead, in the account of the scenario or of --account
  --account DIR     rehearse on your own machines: DIR holds what these commands print, one file each, under any name
                      aws ec2 describe-instances, describe-volumes, describe-images --image-ids …, describe-snapshots --owner-ids self,
                      describe-subnets, describe-vpcs, describe-security-groups, describe-network-interfaces, describe-key-pairs,
                      describe-instance-attribute, describe-instance-types, describe-instance-credit-specifications
                      aws iam get-instance-profile, aws ssm describe-instance-information
                    describe-instances is enough; what is missing is assumed, and said. Every instance is planned; with --input
                    one is cloned
  --hosts KIND      what plays hosts that replicate: replay (what virtual machines answered once) or vm (virtual machines; root, QEMU)
  --recordings DIR  the folder of those answers (default: rehearsal/recordings)
  --traces DIR      loads and links of scenarios with many servers, instead of made-up ones; DIR has the layout that
                    npm run bench:planning reads (docs/planning.md)
  -c, --context KEY=VALUE
                    context for the app, as for cdk deploy (repeatable), such as passableRoleArns=arn:…
  --seed N          another course of chance (default: 1)
  --json            print one JSON document instead of text (npm prints lines of its own, unless called as npm run --silent)
  -h, --help        this text

The exit status is 0 only if everything turned out as expected; 2 if the command line was wrong.`;

/** Reads a command line; throws `UsageError`. */
export function optionsOf(argv: readonly string[], scenarios: readonly string[]): Options {
  const { values, positionals } = parsed(argv);
  if (positionals.length > 1) throw new UsageError(`one scenario at a time, got ${positionals.join(', ')}`);
  const [scenario] = positionals;
  if (scenario !== undefined && !scenarios.includes(scenario)) {
    throw new UsageError(`no scenario is called '${scenario}'; there are ${scenarios.join(', ')}`);
  }
  if (scenario !== undefined && values.account !== undefined) {
    throw new UsageError('a scenario brings its own account: give either a scenario or --account');
  }
  return { ...values, scenario, hosts: hostsOf(values.hosts), seed: seedOf(values.seed), context: contextOf(values.context) };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: known, allowPositionals: true, strict: true });
  } catch (error) {
    const valid = Object.keys(known).map(name => `--${name}`).join(', ');
    throw new UsageError(`${(error as Error).message.split('. ')[0]!}; the options are ${valid}`);
  }
}

function hostsOf(text: string): Options['hosts'] {
  if (text !== 'replay' && text !== 'vm') throw new UsageError(`--hosts takes replay or vm, got '${text}'`);
  return text;
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) throw new UsageError(`--seed takes a whole number from 0 to 4294967295, got '${text}'`);
  return seed;
}

function contextOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map(pair => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--context takes KEY=VALUE, got '${pair}'`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}
