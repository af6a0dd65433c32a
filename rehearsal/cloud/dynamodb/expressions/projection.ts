import type { Placeholders } from './names';
import { checkOverlap, type Path } from './paths';
import { Parser } from './parser';

const kind = 'ProjectionExpression';

/** Reads the paths that a reader wants. */
export function parseProjection(expression: string, placeholders: Placeholders): Path[] {
  const parser = new Parser(kind, expression, placeholders);
  const paths = [parser.path()];
  while (parser.symbol(',')) paths.push(parser.path());
  parser.end();
  checkOverlap(kind, paths);
  return paths;
}
