import type { Side } from './host';

/** A step that goes wrong: answered in the words of the documents, `{ error, message }`, or `silent`: it does nothing and never ends. */
export type Mishap = { readonly times?: number } & ({ readonly status: number; readonly error: string; readonly message: string } | { readonly silent: true });

/** The mishaps that are still to come. */
export class Mishaps {
  private readonly awaited: { readonly key: string; left: number; readonly mishap: Mishap }[] = [];

  add(side: Side, step: string, mishap: Mishap): void {
    this.awaited.push({ key: `${side} ${step}`, left: mishap.times ?? 1, mishap });
  }

  /** The one that is due as a step runs; it counts as happened. */
  due(side: Side, step: string): Mishap | undefined {
    const due = this.awaited.find(each => each.key === `${side} ${step}` && each.left > 0);
    if (due) due.left--;
    return due?.mishap;
  }
}
