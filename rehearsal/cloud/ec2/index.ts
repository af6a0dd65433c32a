import type { Service } from '../service';
import { needs } from './needs';
import { operations } from './operations';

/** EC2 and EBS. */
export const service: Service = { id: 'EC2', operations, needs };
