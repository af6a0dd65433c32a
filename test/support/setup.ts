import { beginUsage } from './permissions';

/** Before all test files. */
export default function setup(): void {
  beginUsage();
}
