export { handler, type Input, type Output } from './are-snapshots-ready';
