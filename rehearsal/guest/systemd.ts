import type { Clock, Timer } from '../clock';
import { CommandError, parse } from './options';

/** A transient unit as systemd-run makes it. */
interface Unit {
  readonly description: string;
  state: 'waiting' | 'running' | 'elapsed' | 'exited' | 'dead';
  timer?: Timer;
  /** Stops what a running service does. */
  stop?: () => void;
}

/** Runs the command of a service; the function that it hands over first stops it. */
export type RunService = (argv: readonly string[], stoppable: (stop: () => void) => void) => Promise<unknown>;

const unitFolder = '/etc/systemd/system/';
const enabledFolder = `${unitFolder}multi-user.target.wants/`;

/** The transient services and timers of a guest's systemd, on virtual time, and the services that are installed on its root volume. */
export class Systemd {
  /** Old ones (below 229) keep a timer that has done its work until it is stopped; Amazon Linux 2 has 219. */
  version = 252;
  private readonly units = new Map<string, Unit>();
  /** Installed services that run. */
  private readonly active = new Set<string>();

  /** @param started what a unit does when it starts */
  constructor(
    private readonly clock: Clock, private readonly run: RunService, private readonly files: () => Map<string, string>,
    private readonly started: (unit: string) => void = () => undefined,
  ) {
    this.startEnabled();
  }

  /** Installs a service that starts at every boot, and starts it; one that is not enabled is started by whoever wants it. */
  install(service: string, { enabled = true, text = '[Service]' } = {}): void {
    this.files().set(`${unitFolder}${service}`, text);
    if (enabled) this.files().set(`${enabledFolder}${service}`, `${unitFolder}${service}`);
    if (!text.includes('Type=oneshot')) this.active.add(service);
  }

  isActive(service: string): boolean {
    return this.active.has(service);
  }

  get activeUnits(): string[] {
    return [...this.active];
  }

  textOf(service: string): string {
    return this.files().get(`${unitFolder}${service}`) ?? '';
  }

  /** Descriptions of the units that are loaded, by name. */
  get loaded(): ReadonlyMap<string, string> {
    return new Map([...this.units].map(([name, { description }]) => [name, description]));
  }

  reboot(): void {
    for (const name of [...this.units.keys()]) this.unload(name);
    this.startEnabled();
  }

  private startEnabled(): void {
    this.active.clear();
    for (const path of [...this.files().keys()]) if (path.startsWith(enabledFolder)) this.start(path.slice(enabledFolder.length));
  }

  /** Unless a condition in a file beside it says no: then nothing happens, and nobody complains (systemd.unit(5)). */
  private start(service: string): void {
    const beside = [...this.files()].filter(([path]) => path.startsWith(`${unitFolder}${service}.d/`)).map(([, text]) => text).join('\n');
    const conditions = [...beside.matchAll(/^ConditionPathExists=(.+)$/gm)].map(([, path]) => path!);
    if (this.active.has(service) || conditions.some(path => !this.files().has(path))) return;
    if (!this.textOf(service).includes('Type=oneshot')) this.active.add(service);
    this.started(service);
  }

  /** systemd-run: starts a command as a service, now or after a while. */
  systemdRun(argv: readonly string[]): void {
    const { options, operands } = parse('systemd-run', argv, {
      'unit': 'value', 'description': 'value', 'on-active': 'value', 'nice': 'value', 'timer-property': 'value', 'remain-after-exit': 'flag',
    }, true);
    const name = options.get('unit')?.[0];
    if (!name) throw new CommandError('systemd-run: the rehearsal\'s guest wants --unit');
    const command = operands.map(expand);
    const description = options.get('description')?.[0] ?? command.join(' ');
    const delay = options.get('on-active')?.[0];
    const service = `${name}.service`;
    const first = delay === undefined ? service : `${name}.timer`;
    for (const unit of new Set([first, service])) {
      if (this.units.has(unit)) {
        throw new CommandError(`Failed to start transient ${first.split('.').pop()} unit: Unit ${unit} was already loaded or has a fragment file.`);
      }
    }
    if (delay === undefined) {
      this.startService(service, description, command, options.has('remain-after-exit'));
      return;
    }
    if (!/^\d+$/.test(delay)) throw new CommandError(`Failed to parse timer value: ${delay}`);
    const timer: Unit = { description, state: 'waiting' };
    timer.timer = this.clock.after(Number(delay) * 1000, () => {
      timer.state = 'running';
      this.startService(service, description, command, false, () => {
        if (this.units.get(first) !== timer) return;
        if (this.version < 229) timer.state = 'elapsed';
        else this.units.delete(first);
      });
    });
    this.units.set(first, timer);
  }

  systemctl(argv: readonly string[]): string {
    const [verb, ...rest] = argv;
    if (verb === 'show') {
      const { options, operands } = parse('systemctl', rest, { property: 'value' });
      return operands.flatMap(unit => (options.get('property') ?? []).map(property => `${property}=${this.property(unit, property)}\n`)).join('');
    }
    if (verb === 'start') {
      const unknown = rest.filter(unit => !this.isInstalled(unit));
      for (const unit of rest) if (this.isInstalled(unit)) this.start(unit);
      if (unknown.length > 0) throw new CommandError(unknown.map(unit => `Failed to start ${unit}: Unit ${unit} not found.`).join('\n'), 5);
      return '';
    }
    if (verb === 'stop') {
      const unknown = rest.filter(unit => !this.units.has(unit) && !this.isInstalled(unit));
      for (const unit of rest) {
        this.unload(unit);
        this.active.delete(unit);
      }
      if (unknown.length > 0) throw new CommandError(unknown.map(unit => `Failed to stop ${unit}: Unit ${unit} not loaded.`).join('\n'), 5);
      return '';
    }
    if (verb === 'daemon-reload') return '';
    if (verb === 'reset-failed') {
      const unknown = rest.filter(unit => !this.units.has(unit));
      if (unknown.length > 0) throw new CommandError(unknown.map(unit => `Failed to reset failed state of unit ${unit}: Unit ${unit} not loaded.`).join('\n'));
      return '';
    }
    throw new CommandError(`systemctl: the rehearsal's guest knows no ${verb}`);
  }

  private property(name: string, property: string): string {
    const unit = this.units.get(name);
    if (property === 'LoadState') return unit || this.isInstalled(name) ? 'loaded' : 'not-found';
    if (property === 'ActiveState') return unit?.state === 'running' || this.active.has(name) ? 'active' : 'inactive';
    if (property === 'Type') return /^Type=(.+)$/m.exec(this.textOf(name))?.[1] ?? 'simple';
    if (property === 'Description') return unit?.description ?? name;
    if (property === 'SubState') return unit?.state ?? 'dead';
    throw new CommandError(`systemctl: the rehearsal's guest knows no property ${property}`);
  }

  private isInstalled(service: string): boolean {
    return this.files().has(`${unitFolder}${service}`);
  }

  private startService(name: string, description: string, command: readonly string[], remain: boolean, ended: () => void = () => undefined): void {
    const unit: Unit = { description, state: 'running' };
    this.units.set(name, unit);
    void this.run(command, stop => { unit.stop = stop; }).then(() => {
      if (this.units.get(name) !== unit) return;
      unit.stop = undefined;
      unit.state = 'exited';
      if (!remain) this.units.delete(name);
      ended();
    });
  }

  private unload(name: string): void {
    const unit = this.units.get(name);
    this.units.delete(name);
    unit?.timer?.cancel();
    unit?.stop?.();
  }
}

/** systemd puts environment variables into the arguments of a command; `$$` is how to say `$` (systemd.service(5)). */
function expand(argument: string): string {
  if (/(?<!\$)(\$\$)*\$[A-Za-z_{]/.test(argument)) {
    throw new CommandError(`systemd-run: systemd would expand a variable in ${argument}`);
  }
  return argument.replace(/\$\$/g, '$');
}
