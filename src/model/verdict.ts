/** A run's verdict. Precedence when composed: error > fail > inconclusive > pass. */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

/** A single check's verdict: infrastructure trouble is never a check's. */
export type CheckVerdict = 'pass' | 'fail' | 'inconclusive';

/** Process exit codes of docs/design/contract.md. */
export const exitCodes = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  error: 3,
  usage: 64,
  interrupted: 130,
} as const;
