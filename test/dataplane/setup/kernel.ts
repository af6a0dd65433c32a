/** npx tsx test/dataplane/setup/kernel.ts NAME: makes one of the further kernels of kernels.ts. */
import { makeKernel } from './kernels';

makeKernel(process.argv[2]!);
