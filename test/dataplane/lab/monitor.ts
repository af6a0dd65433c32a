import { Lines } from './agent';

interface Message {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: { readonly device?: string };
}

/** The control channel of an emulator: what a person does to a computer with a screwdriver. */
export class Monitor {
  private count = 0;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly listeners = new Set<(message: Message) => void>();
  private lines!: Lines;

  private constructor() {}

  static async open(path: string): Promise<Monitor> {
    const monitor = new Monitor();
    monitor.lines = await Lines.open(path, line => monitor.receive(JSON.parse(line) as Message));
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  /** Gives a command of the QEMU machine protocol. */
  async execute(command: string, values: Record<string, unknown> = {}): Promise<void> {
    const id = ++this.count;
    const answer = new Promise<Message>(resolve => { this.waiting.set(id, resolve); });
    this.lines.send(JSON.stringify({ execute: command, arguments: values, id }));
    const { error } = await answer;
    if (error) throw new Error(`the emulator refuses ${command} ${JSON.stringify(values)}: ${error.desc}`);
  }

  /** Resolves when the emulator tells of that event of a device. */
  event(name: string, device: string): Promise<void> {
    return new Promise(resolve => {
      const listener = ({ event, data }: Message) => {
        if (event !== name || data?.device !== device) return;
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
    });
  }

  close(): void {
    this.lines.close();
  }

  private receive(message: Message): void {
    if (message.id !== undefined) this.waiting.get(message.id)?.(message);
    this.listeners.forEach(listener => listener(message));
  }
}
