export * from './clone-source';
export * from './instance-clone';
export * from './instance-store-sync';
export * from './mobility-ledger';
export * from './movable-instances';
export * from './retirement-response';
