export * from './clone-source';
export * from './instance-clone';
export * from './mobility-ledger';
