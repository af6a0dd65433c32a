export { handler, type Input, type Output } from './snapshot-volumes';
