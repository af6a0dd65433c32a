export { handler, type Input, type Output } from './announce-to-group';
