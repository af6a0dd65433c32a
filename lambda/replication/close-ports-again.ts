export { handler, type Input, type Output } from './close-ports';
