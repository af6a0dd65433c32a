/** How text is emphasised: with colours where somebody looks at a terminal, plainly everywhere else. */
export interface Style {
  bold(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

const same = (text: string) => text;

export const plain: Style = { bold: same, faint: same, good: same, bad: same, accent: same };

const coloured: Style = {
  bold: text => `\x1b[1m${text}\x1b[22m`,
  faint: text => `\x1b[2m${text}\x1b[22m`,
  good: text => `\x1b[32m${text}\x1b[39m`,
  bad: text => `\x1b[31m${text}\x1b[39m`,
  accent: text => `\x1b[36m${text}\x1b[39m`,
};

/** https://no-color.org: any value of NO_COLOR but the empty one switches colours off. */
export function styleFor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  return stream.isTTY && !environment.NO_COLOR && environment.TERM !== 'dumb' ? coloured : plain;
}
