/* eslint-disable @typescript-eslint/no-explicit-any -- jsii knows no other type for JSON of any shape */

/**
 * What happens when AWS announces that the host of a movable instance is retired, or that the instance will be stopped.
 */
export class RetirementResponse {
  /**
   * An execution that only plans: its output says what a move would do, and nothing is changed.
   *
   * @param request further fields of the execution's input, such as `services`
   */
  public static plan(request: { [field: string]: any } = {}): RetirementResponse {
    return new RetirementResponse({ ...request, planOnly: true });
  }

  /**
   * An execution that moves the instance.
   *
   * @param request further fields of the execution's input, such as `services`, `approve` or `target`
   */
  public static sync(request: { [field: string]: any } = {}): RetirementResponse {
    return new RetirementResponse({ ...request, planOnly: false });
  }

  private constructor(
    /** @internal */
    public readonly _request: { [field: string]: any },
  ) {
    if ('sourceInstanceId' in _request) {
      throw new Error('the response to a retirement must not name a sourceInstanceId: the event does');
    }
  }
}
