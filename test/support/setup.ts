import { assemblies, permissionUsage } from './run-folder';

/** Before all test files. */
export default function setup(): void {
  assemblies.begin();
  permissionUsage.begin();
}
