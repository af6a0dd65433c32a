export { handler, type Input, type Output } from './acquire-lease';
