export { handler, type Input, type Output } from './is-target-prepared';
