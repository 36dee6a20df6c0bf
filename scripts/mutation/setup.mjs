// Whether a property fails is all that mutation testing asks: no smaller counterexample is looked for.
import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true });
