export { handler, type Input, type Output } from './is-source-disconnected';
