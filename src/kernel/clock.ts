/** Time as the session waits in it: a parameter, so that a test need not wait. */
export interface Clock {
  /** Calls `action` once after `ms`; the function that comes back takes it back. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
