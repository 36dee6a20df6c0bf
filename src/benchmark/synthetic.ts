/** Workloads that need no model file, by name. */
export const SYNTHETIC_WORKLOADS = ['noop', 'spin', 'bandwidth', 'latency'] as const;
