import type { FleetRequest } from './request';

/** What is wrong with a request, one sentence each; nothing if it can be planned. */
export function problemsOf({ grid, links, instances, groups = [] }: FleetRequest): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const { id } of instances) {
    if (ids.has(id)) problems.push(`${id} is named twice`);
    ids.add(id);
  }
  const linkIds = new Set(links.map(({ id }) => id));
  for (const { id, capacity, rates } of links) {
    if (capacity.length !== grid.slots) problems.push(`link ${id} has ${capacity.length} slots of capacity, the plan has ${grid.slots}`);
    if (rates.length === 0 || rates.some(rate => !(rate > 0))) problems.push(`link ${id} needs rates above 0`);
  }
  const grouped = new Set<string>();
  for (const group of groups) {
    for (const id of group) {
      if (!ids.has(id)) problems.push(`a group names ${id}, which is not to be moved`);
      if (grouped.has(id)) problems.push(`${id} is in two groups`);
      grouped.add(id);
    }
  }
  for (const { id, bytes, after = [], links: own = [], writes, cpu, strategy, windows, earliest, deadline } of instances) {
    if (!(bytes > 0)) problems.push(`${id} has ${bytes} bytes, more than 0 are needed`);
    for (const first of after) if (!ids.has(first)) problems.push(`${id} waits for ${first}, which is not to be moved`);
    for (const link of own) if (!linkIds.has(link)) problems.push(`${id} names link ${link}, which is not there`);
    if (strategy === 'window' && !windows?.length) problems.push(`${id} has the strategy 'window' but no window`);
    if (earliest !== undefined && deadline !== undefined && deadline <= earliest) problems.push(`${id} has its deadline before its earliest start`);
    for (const [name, forecast] of [['writes', writes], ['cpu', cpu]] as const) {
      if (forecast && forecast.length < grid.slots) problems.push(`${id} has ${forecast.length} slots of ${name}, the plan has ${grid.slots}`);
      if (forecast?.some(value => !(value >= 0))) problems.push(`${id} has ${name} that are missing or below 0`);
    }
  }
  if (problems.length === 0) problems.push(...circles(instances, groups));
  return problems;
}

/** Instances that wait for each other in a circle; those of a group count as one. */
export function circles(instances: readonly { readonly id: string; readonly after?: readonly string[] }[], groups: readonly (readonly string[])[]): string[] {
  const groupOf = new Map<string, string>();
  for (const group of groups) for (const id of group) groupOf.set(id, group[0]!);
  const unit = (id: string): string => groupOf.get(id) ?? id;
  const waits = new Map<string, Set<string>>();
  for (const { id, after = [] } of instances) {
    const known = waits.get(unit(id)) ?? new Set<string>();
    for (const first of after) known.add(unit(first));
    waits.set(unit(id), known);
  }
  const done = new Set<string>();
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const [id, firsts] of waits) {
      if (done.has(id) || [...firsts].some(first => !done.has(first))) continue;
      done.add(id);
      isMoving = true;
    }
  }
  const left = [...waits.keys()].filter(id => !done.has(id));
  return left.length > 0 ? [`${left.join(', ')} wait for each other or for a member of their own group`] : [];
}
