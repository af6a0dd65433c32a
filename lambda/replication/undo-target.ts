export { handler, type Input, type Output } from './disconnect-source';
