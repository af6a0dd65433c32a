import { join } from 'node:path';
import { imageKey, treeKey } from './recipe';

/** Everything the lab keeps between its runs. */
export const cache = join(__dirname, '..', '..', '..', '.cache', 'dataplane');

export const tree = () => join(cache, `tree-${treeKey()}`);
export const image = () => join(cache, `root-${imageKey()}.img`);
export const kernel = () => join(tree(), 'boot', 'vmlinuz');
