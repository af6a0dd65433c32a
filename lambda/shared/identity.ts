/** Who a system says it is; null where it can not tell. */
export interface Identity {
  /** SHA-256: the machine id itself is confidential. */
  readonly machineId: string | null;
  /** Fingerprints. */
  readonly hostKeys: readonly string[];
  readonly hostname: string | null;
  /** The instance id that cloud-init works for. */
  readonly cloudInit: string | null;
}

/** What documents/identity/read.sh answers. */
export interface Report extends Identity {
  /** The instance id under which Systems Manager knows the system. */
  readonly registration: string | null;
  /** What the instance metadata say. */
  readonly instanceId: string | null;
}

/** A document's answer, as far as it is one. */
export function identityOf(answer: Readonly<Record<string, unknown>>): Identity {
  const { machineId, hostKeys, hostname, cloudInit } = answer;
  return { machineId: text(machineId), hostKeys: Array.isArray(hostKeys) ? hostKeys.map(String) : [], hostname: text(hostname), cloudInit: text(cloudInit) };
}

export function reportOf(answer: Readonly<Record<string, unknown>>): Report {
  return { ...identityOf(answer), registration: text(answer['registration']), instanceId: text(answer['instanceId']) };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
