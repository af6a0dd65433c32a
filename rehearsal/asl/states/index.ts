import type { Json } from '../../json';
import type { State } from '../definition';
import type { Thread } from '../thread';
import { type Exit, Visit } from '../visit';
import { runMap } from './map';
import { runParallel } from './parallel';
import { runChoice, runFail, runPass, runSucceed, runWait } from './simple';
import { runTask } from './task';

/** Enters a state, does what its type does, and leaves it. */
export async function runState(thread: Thread, state: State, input: Json): Promise<Exit> {
  const visit = new Visit(thread, state, input);
  try {
    return await behave(visit, state);
  } catch (error) {
    throw visit.failureOf(error);
  }
}

function behave(visit: Visit, { type }: State): Promise<Exit> {
  switch (type) {
    case 'Pass': return runPass(visit as Visit<Extract<State, { type: 'Pass' }>>);
    case 'Task': return runTask(visit as Visit<Extract<State, { type: 'Task' }>>);
    case 'Choice': return runChoice(visit as Visit<Extract<State, { type: 'Choice' }>>);
    case 'Wait': return runWait(visit as Visit<Extract<State, { type: 'Wait' }>>);
    case 'Succeed': return runSucceed(visit as Visit<Extract<State, { type: 'Succeed' }>>);
    case 'Fail': return runFail(visit as Visit<Extract<State, { type: 'Fail' }>>);
    case 'Parallel': return runParallel(visit as Visit<Extract<State, { type: 'Parallel' }>>);
    case 'Map': return runMap(visit as Visit<Extract<State, { type: 'Map' }>>);
  }
}
