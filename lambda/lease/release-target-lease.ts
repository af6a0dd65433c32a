export { handler, type Input, type Output } from './release-lease';
