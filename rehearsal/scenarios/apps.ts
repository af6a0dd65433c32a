import { deployedWith } from './database-server';
import type { App, Scenario } from './scenario';

/** What scenarios deploy that say nothing of it. */
export const cloning: App = { machine: 'InstanceClone', context: deployedWith };

/** What is deployed for a scenario. */
export function appOf({ app = cloning }: Scenario): App {
  return app;
}
