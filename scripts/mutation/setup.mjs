// Whether a property fails is all that mutation testing asks: no smaller counterexample is looked for, and a quarter of the
// usual examples has to do.
import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true, numRuns: 25 });
