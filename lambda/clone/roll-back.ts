export { handler, type Input, type Output } from '../shared/roll-back';
