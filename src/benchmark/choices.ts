/** The words that an option of a few words takes: what the definition checks, and what the command line offers. */

/** What happens to releases that pass while a job runs. */
export const OVERRUNS = ['skip', 'queue', 'stop'] as const;

/** What bandwidth does with its buffer. */
export const ACCESSES = ['read', 'write'] as const;

/** Formats of the CSV. */
export const FORMATS = ['extended', 'rtbench'] as const;
