import type { Reply } from '../guest/sandbox';
import type { Side } from './host';
import { isDocumentOf } from './step';

/** A step that goes wrong: answered in the words of the documents, `{ error, message }`, or `silent`: it does nothing and never ends. */
export type Mishap = { readonly times?: number } & ({ readonly status: number; readonly error: string; readonly message: string } | { readonly silent: true });

/** The mishaps that are still to come. */
export class Mishaps {
  private readonly awaited: { readonly side: Side; readonly step: string; left: number; readonly mishap: Mishap }[] = [];

  add(side: Side, step: string, mishap: Mishap): void {
    this.awaited.push({ side, step, left: mishap.times ?? 1, mishap });
  }

  /** The one that is due as a document runs; it counts as happened. */
  due(side: Side, documentName: string): Mishap | undefined {
    const due = this.awaited.find(each => each.side === side && isDocumentOf(documentName, each.step) && each.left > 0);
    if (due) due.left--;
    return due?.mishap;
  }
}

/** What the document answers; one that is silent is killed in the end. */
export function answerOf(mishap: Mishap): Reply {
  if ('silent' in mishap) return { exitCode: 137, stdout: '', stderr: '' };
  const { status, error, message } = mishap;
  return { exitCode: status, stdout: `${JSON.stringify({ error, message })}\n`, stderr: `${message}\n` };
}
