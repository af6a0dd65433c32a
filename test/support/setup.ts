import { forgetUsage } from './permissions';

/** Before all test files. */
export default function setup(): void {
  forgetUsage();
}
