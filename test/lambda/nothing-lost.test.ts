import fc from 'fast-check';
import { FATES } from '../../lambda/shared/plan/fates';
import type { Source } from '../../lambda/shared/source/source';
import { planFor, source, SUBNET } from './support/fixtures';

describe('nothing is lost silently', () => {
  /** Leaves of the table of fates: every attribute that DescribeInstances can answer. */
  const leaves = (table: object, path: string[] = []): string[][] => Object.entries(table).flatMap(([key, fate]) =>
    (typeof fate === 'string' || 'nature' in fate || 'lost' in fate ? [[...path, key]] : leaves(fate as object, [...path, key])));
  const LISTS = ['NetworkInterfaces', 'BlockDeviceMappings', 'Groups', 'Ipv6Addresses', 'PrivateIpAddresses', 'Ipv4Prefixes', 'Ipv6Prefixes', 'SecurityGroups', 'Tags', 'Licenses',
    'ProductCodes', 'ElasticGpuAssociations', 'ElasticInferenceAcceleratorAssociations', 'SecondaryInterfaces', 'MetricCategoryIds'];
  const put = (target: Record<string, unknown>, [key = '', ...rest]: string[], value: unknown): void => {
    if (rest.length === 0) target[key] = LISTS.includes(key) ? [value] : value;
    else {
      const list = LISTS.includes(key);
      target[key] ??= list ? [{}] : {};
      put((list ? (target[key] as object[])[0] : target[key]) as Record<string, unknown>, rest, value);
    }
  };
  const isCarried = (path: string[]) => path.reduce<unknown>((table, key) => (table as Record<string, unknown>)[key], FATES) === 'carried';

  test('every single attribute is in the plan or in its list of differences', () => {
    // carried as a count, a flag or a choice between equals: the value itself does not appear
    const indirect = ['SecurityGroups.GroupId', 'SourceDestCheck', 'Placement.Affinity', 'Placement.GroupName', 'Placement.HostResourceGroupArn', 'Tags.Value', 'Monitoring.State'];
    for (const path of leaves(FATES)) {
      const described = structuredClone(source().instance) as Record<string, unknown>;
      const value = path.join() === 'VpcId' ? SUBNET.vpcId : `value-of-${path.join('-')}`; // another VPC is refused
      put(described, path, value);
      if (path[0] === 'Monitoring') put(described, ['Monitoring', 'State'], 'enabled');
      if (path[0] === 'CpuOptions') put(described, ['CpuOptions', path[1] === 'CoreCount' ? 'ThreadsPerCore' : 'CoreCount'], 1);
      const from = source({ instance: described as Source['instance'] });
      const { differences, ...rest } = planFor({}, from);
      const listed = differences.some(one => JSON.stringify(one.source).includes(value));
      if (!isCarried(path)) expect({ path, listed }).toEqual({ path, listed: true });
      else if (typeof valueAt(path, source()) !== 'boolean' && !indirect.includes(path.join('.')) && !FLAGS.test(path.join('.'))) {
        expect({ path, planned: JSON.stringify(rest).includes(value) }).toEqual({ path, planned: true });
      }
    }
  });
  /** Carried as flags, counts or enumerations, or through other parts of the source. */
  const FLAGS = new RegExp(`^(${[
    'BlockDeviceMappings', 'SubnetId', 'IamInstanceProfile', 'EbsOptimized', 'HibernationOptions', 'EnclaveOptions', 'CpuOptions', 'Monitoring\\.State',
    'NetworkInterfaces\\.(Ipv6Addresses|PrivateIpAddresses|SourceDestCheck|Attachment\\.(DeviceIndex|NetworkCardIndex))',
  ].join('|')})`);
  const valueAt = (path: string[], from: Source): unknown => path.reduce<unknown>((value, key) =>
    ((Array.isArray(value) ? value[0] : value) as Record<string, unknown> | undefined)?.[key], from.instance);

  test('an attribute that nobody has thought of is listed as lost', () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Z][A-Za-z]{3,12}X$/), fc.oneof(fc.string({ minLength: 1 }), fc.integer(), fc.boolean()), fc.constantFrom([], ['Placement'], ['NetworkInterfaces'], ['New', 'Part']),
      (name, value, where) => {
        const described = structuredClone(source().instance) as Record<string, unknown>;
        put(described, [...where, name], value);
        const lost = planFor({}, source({ instance: described as Source['instance'] })).differences.filter(({ kind }) => kind === 'lost');
        expect(lost).toContainEqual(expect.objectContaining({ source: value, attribute: expect.stringContaining(name) }));
      }), { numRuns: 100 });
  });
});
