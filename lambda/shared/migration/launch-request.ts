import { checkRequest } from '../request/check';
import type { Request } from '../request/request';

/** The request as the launch fragment's planning takes it: one instance, whole, without user data, which would run again. */
export function launchRequest(
  sourceInstanceId: string, more: { readonly subnetId?: string; readonly freeze?: boolean; readonly volumes?: object } = {},
): Request {
  const { freeze = false, ...others } = more;
  return checkRequest({
    sourceInstanceId, userData: 'none', isolation: false, identity: 'keep', strategy: 'snapshot', consistency: freeze ? 'filesystem' : 'crash', ...others,
  }, false);
}
