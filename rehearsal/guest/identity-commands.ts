import { digest } from '../cloud/ec2/system-files';
import type { Guest } from './guest';
import { CommandError, parse } from './options';

const metadata = 'http://169.254.169.254/latest/';

/** The commands by which a script reads and changes who the system says it is. */
export const identityCommands: Readonly<Record<string, (guest: Guest, argv: readonly string[]) => string>> = {
  cat: ({ system }, argv) => argv.map(path => (path === '/proc/sys/kernel/random/boot_id' ? `${system.bootId}\n` : read(system.files, path, 'cat'))).join(''),
  'cloud-init': cloudInit,
  curl,
  find,
  hostnamectl,
  ln,
  readlink: ({ system }, [path = '']) => `${linkAt(system.files, path) ?? fail('')}\n`,
  rm,
  // the last argument is what it reads: see the sandbox
  sha256sum: ({ system }, [path = '', input]) => `${digest(input ?? read(system.files, path, 'sha256sum'))}  ${path}\n`,
  'ssh-keygen': sshKeygen,
  'systemd-machine-id-setup': ({ system }) => {
    if (!system.files.has('/etc/machine-id')) system.setUpMachineId();
    return '';
  },
};

function fail(message: string, exitCode = 1): never {
  throw new CommandError(message, exitCode);
}

function read(files: ReadonlyMap<string, string>, path: string, command: string): string {
  return files.get(path) ?? fail(`${command}: ${path}: No such file or directory`);
}

/** The links that this guest knows; every other path is a file or a folder. */
function linkAt(files: ReadonlyMap<string, string>, path: string): string | undefined {
  const text = files.get(path);
  return path === '/var/lib/cloud/instance' || text?.startsWith('link: ') ? text?.replace(/^link: /, '') : undefined;
}

function cloudInit({ system }: Guest, [verb]: readonly string[]): string {
  if (verb === 'status') return `status: ${system.cloudInitStatus}\n`;
  if (verb !== 'clean') return fail(`cloud-init: the rehearsal's guest knows no ${verb}`);
  system.cleanCloudInit();
  return '';
}

/** The instance metadata service, version 2, where it is switched on. */
function curl(guest: Guest, argv: readonly string[]): string {
  const { options, operands: [url = ''] } = parse('curl', argv, {
    silent: 'flag', fail: 'flag', noproxy: 'value', 'max-time': 'value', request: 'value', header: 'value',
  });
  const { ec2 } = guest.account;
  if (!url.startsWith(metadata)) return fail(`curl: (6) Could not resolve host: ${url}`, 6);
  if (ec2.get(ec2.instances, guest.instanceId).MetadataOptions?.HttpEndpoint === 'disabled') return fail('curl: (22) The requested URL returned error: 403', 22);
  const header = options.get('header')?.[0] ?? '';
  if (url === `${metadata}api/token`) return options.get('request')?.[0] === 'PUT' && header.startsWith('X-aws-ec2-metadata-token-ttl-seconds: ') ? 'TOKEN' : fail('', 22);
  if (header !== 'X-aws-ec2-metadata-token: TOKEN') return fail('curl: (22) The requested URL returned error: 401', 22);
  switch (url.slice(`${metadata}meta-data/`.length)) {
    case 'instance-id': return guest.instanceId;
    case 'local-hostname': return guest.system.ec2Name;
    default: return fail('curl: (22) The requested URL returned error: 404', 22);
  }
}

function find({ system }: Guest, [folder = '', ...tests]: readonly string[]): string {
  const given = new Map(tests.flatMap((test, index) => (index % 2 === 0 ? [[test, tests[index + 1] ?? '']] as const : [])));
  for (const test of given.keys()) if (!['-mindepth', '-maxdepth', '-name'].includes(test)) fail(`find: the rehearsal's guest knows no ${test}`);
  const depth = Number(given.get('-maxdepth') ?? 1);
  const found = system.below(folder, Math.max(depth, 1));
  if (found.length === 0) return fail(`find: '${folder}': No such file or directory`);
  if (depth === 0) return `${folder}\n`;
  const name = new RegExp(`^${(given.get('-name') ?? '*').replace(/\./g, '\\.').replace(/\*/g, '.*')}$`);
  return found.filter(path => name.test(path.split('/').at(-1)!)).map(path => `${path}\n`).join('');
}

function hostnamectl({ system }: Guest, argv: readonly string[]): string {
  if (argv[0] === 'set-hostname') {
    system.hostname = argv[1] ?? fail('Too few arguments.');
    return '';
  }
  return argv[0] === '--static' ? `${system.hostname}\n` : fail(`hostnamectl: the rehearsal's guest knows no ${argv[0]}`);
}

function ln({ system }: Guest, argv: readonly string[]): string {
  const { operands: [text = '', path = ''] } = parse('ln', argv, { symbolic: 'flag', force: 'flag', 'no-dereference': 'flag' });
  system.files.set(path, `link: ${text}`);
  return '';
}

function rm({ system }: Guest, argv: readonly string[]): string {
  const { options, operands } = parse('rm', argv, { force: 'flag', recursive: 'flag' });
  for (const operand of operands) {
    const inside = [...system.files.keys()].filter(path => path.startsWith(`${operand}/`));
    if (inside.length > 0 && !options.has('recursive')) return fail(`rm: cannot remove '${operand}': Is a directory`);
    for (const path of [operand, ...inside]) system.files.delete(path);
  }
  return '';
}

function sshKeygen({ system }: Guest, argv: readonly string[]): string {
  if (argv[0] === '-A') {
    system.makeHostKeys();
    return '';
  }
  if (argv[0] !== '-l' || argv[1] !== '-f') return fail(`ssh-keygen: the rehearsal's guest knows no ${argv.join(' ')}`);
  const path = argv[2] ?? '';
  const kind = /ssh_host_(\w+)_key/.exec(path)?.[1] ?? '';
  const text = Buffer.from(digest(read(system.files, path, 'ssh-keygen')), 'hex').toString('base64').replace(/=+$/, '');
  return `256 SHA256:${text} root@server (${kind.toUpperCase()})\n`;
}
