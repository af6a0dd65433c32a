export { handler, type Input, type Output } from '../shared/migration/are-services-started';
