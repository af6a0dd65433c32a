import type { Service } from '../service';
import { needs } from './needs';
import { operations } from './operations';
import { repeatedLaunch } from './run-instances';

/** EC2 and EBS. */
export const service: Service = { id: 'EC2', operations, needs, repeats: { RunInstances: repeatedLaunch } };

export type { Answers } from './import';
export type { Added, InstanceSpec, InterfaceSpec, VolumeSpec } from './builder';
export type { Content } from './content';
export { Ec2 } from './state';
export { committed, type WriterOptions } from './writers';
