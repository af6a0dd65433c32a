import type { ParallelState } from '../definition';
import { Aborted, StateFailure } from '../failure';
import { withRetries } from '../retry';
import type { Exit, Visit } from '../visit';
import { abortAll, together } from './together';

export function runParallel(visit: Visit<ParallelState>): Promise<Exit> {
  const { state, thread } = visit;
  return withRetries(visit, async () => {
    const input = state.arguments ? await visit.evaluate(state.arguments, 'Arguments') : visit.input;
    const started = thread.emit('ParallelStateStarted');
    const branches = state.branches.map(scope => ({ scope, thread: thread.fork(started) }));
    const result = await together(branches.map(branch => async () => {
      try {
        const output = await thread.run.runScope(branch.thread, branch.scope, input);
        thread.previous = branch.thread.previous;
        thread.join(branch.thread);
        return output;
      } catch (error) {
        if (error instanceof StateFailure) thread.previous = branch.thread.previous;
        throw error;
      }
    }), error => {
      if (error instanceof Aborted) return;
      // recorded: the failed task of a branch is aborted like those of the other branches
      abortAll(branches.map(branch => branch.thread), error instanceof StateFailure && error.terminal);
    });
    // recorded for Map, measured for both: the closing event is no link of the chain
    thread.aside('ParallelStateSucceeded');
    visit.closed = true;
    return visit.leave(state, result, { result });
  });
}
