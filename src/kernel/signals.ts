/** What asks a process to end: Ctrl-C, kill, a dropped ssh, Ctrl-\. Whatever has to be in order at the end heeds all of them. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
