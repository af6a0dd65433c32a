import type { MapState, Scope } from './definition';
import { isExpression } from './expression';
import type { ScopeLoader } from './load';
import { catching, present, readCatching } from './load-state';
import type { Reader } from './reader';

export function readMap(name: string, reader: Reader, loader: ScopeLoader): MapState {
  const processorReader = reader.require('ItemProcessor') ? reader.object('ItemProcessor') : undefined;
  const config = processorReader?.object('ProcessorConfig');
  const distributed = config?.value.Mode === 'DISTRIBUTED';
  reader.only(...catching, 'Items', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage',
    'Label', 'ItemBatcher', 'ItemReader', 'ResultWriter');
  for (const field of ['ItemReader', 'ResultWriter']) {
    if (reader.has(field)) reader.problem(`Field '${field}' reads or writes S3, which the rehearsal does not have`);
  }
  for (const field of ['Label', 'ItemBatcher']) {
    if (reader.has(field) && !distributed) reader.problem(`Field '${field}' is only supported when the processor's Mode is DISTRIBUTED`);
  }
  if (reader.has('Items') && !Array.isArray(reader.value.Items) && !isExpression(reader.value.Items)) {
    reader.problem('Expected an array or a JSONata expression', 'Items');
  }
  let processor: Scope = { startAt: '', states: new Map() };
  if (processorReader) {
    processorReader.only('ProcessorConfig', 'StartAt', 'States', 'Comment');
    config?.only('Mode', 'ExecutionType');
    config?.oneOf('Mode', ['INLINE', 'DISTRIBUTED']);
    config?.oneOf('ExecutionType', ['STANDARD', 'EXPRESS']);
    if (config && distributed !== config.has('ExecutionType')) config.problem('ExecutionType is required with the Mode DISTRIBUTED, and only there');
    processor = loader.scope(processorReader);
  }
  return {
    type: 'Map',
    name,
    processor: { ...processor, definition: processorReader?.value ?? {} },
    ...(distributed ? { distributed: { express: config.value.ExecutionType === 'EXPRESS', ...readDistribution(reader) } } : {}),
    ...present({
      items: reader.template('Items'),
      itemSelector: reader.template('ItemSelector'),
      maxConcurrency: reader.numberOrExpression('MaxConcurrency', { min: 0 }),
      toleratedFailureCount: reader.numberOrExpression('ToleratedFailureCount', { min: 0 }),
      toleratedFailurePercentage: reader.numberOrExpression('ToleratedFailurePercentage', { min: 0, max: 100, integer: false }),
    }),
    ...readCatching(reader),
  };
}

function readDistribution(reader: Reader) {
  const label = reader.string('Label');
  if (label !== undefined && !/^[^\s?*<>{}[\]:;,\\|^~$#%&`"]{1,40}$/.test(label)) {
    reader.problem('A label has at most 40 characters and none of the special ones', 'Label');
  }
  const batcher = reader.object('ItemBatcher');
  if (batcher) {
    batcher.only('MaxItemsPerBatch', 'MaxInputBytesPerBatch', 'BatchInput');
    if (!batcher.has('MaxItemsPerBatch') && !batcher.has('MaxInputBytesPerBatch')) {
      batcher.problem('MaxItemsPerBatch or MaxInputBytesPerBatch is required');
    }
  }
  return present({
    label,
    batcher: batcher && present({
      maxItems: batcher.numberOrExpression('MaxItemsPerBatch', { min: 1 }),
      maxBytes: batcher.numberOrExpression('MaxInputBytesPerBatch', { min: 1, max: 262_144 }),
      batchInput: batcher.template('BatchInput'),
    }),
  });
}
