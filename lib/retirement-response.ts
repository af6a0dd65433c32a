/* eslint-disable @typescript-eslint/no-explicit-any -- jsii knows no other type for JSON of any shape */

/** What an execution's input may say whichever instance is announced, and whenever. */
const FIELDS = [
  'target', 'mountPoints', 'ebsVolumes', 'services', 'engine', 'encryption', 'installPackages', 'overwriteTarget', 'rateLimit', 'favour', 'copy',
  'metadataDirectory', 'traffic', 'approve', 'releaseSource', 'onFailure', 'verifyDocument',
];

/** What it says otherwise, and why not here. */
const NOT_HERE: Readonly<Record<string, string>> = {
  sourceInstanceId: 'the event does',
  planOnly: 'RetirementResponse.plan() and RetirementResponse.sync() are the choice',
  continueSession: 'each notice begins a move of its own',
  finishBy: 'a time that is said at deployment is past when the notice comes',
  switchBy: 'a time that is said at deployment is past when the notice comes',
};

/**
 * What happens when AWS announces that the host of a movable instance is retired, or that the instance will be stopped.
 */
export class RetirementResponse {
  /**
   * An execution that only plans: its output says what a move would do, and nothing is changed.
   *
   * @param request further fields of the execution's input, such as `services`: all but `sourceInstanceId`, `planOnly`, `continueSession`, `finishBy`
   * and `switchBy`
   * @throws if a field is unknown, or can not be said before the notice comes
   */
  public static plan(request: { [field: string]: any } = {}): RetirementResponse {
    return new RetirementResponse(request, true);
  }

  /**
   * An execution that moves the instance.
   *
   * @param request further fields of the execution's input, such as `services`, `approve` or `target`: the same as of `plan`
   * @throws if a field is unknown, or can not be said before the notice comes
   */
  public static sync(request: { [field: string]: any } = {}): RetirementResponse {
    return new RetirementResponse(request, false);
  }

  /** @internal */
  public readonly _request: { [field: string]: any };

  private constructor(
    request: { [field: string]: any },
    planOnly: boolean,
  ) {
    for (const field of Object.keys(request)) {
      if (Object.keys(NOT_HERE).includes(field)) throw new Error(`the response to a retirement must not name a ${field}: ${NOT_HERE[field]}`);
      // an execution would refuse it only once a host is to be retired
      if (!FIELDS.includes(field)) throw new Error(`the response to a retirement has an unknown field ${field}, allowed is only ${FIELDS.join(', ')}`);
    }
    this._request = { ...request, planOnly };
  }
}
