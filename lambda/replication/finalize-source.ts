export { handler, type Input, type Output } from './finalize-target';
