export { handler, type Input, type Output } from '../shared/migration/start-services';
