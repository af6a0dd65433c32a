export { handler, type Input, type Output } from './is-group-ready';
