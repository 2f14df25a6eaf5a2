import { UsageError } from '../model/errors.ts';
import { hashTag } from './slot.ts';

/**
 * The list that keeps the op ids of counter K. It has to live in K's slot, or the transaction that
 * writes both would be refused with CROSSSLOT:
 * - `hits` has no hash tag: `{hits}:ledger`, whose tag is all of K.
 * - `rkc:{a}:0` has one: `rkc:{a}:0:ledger`, with the same tag.
 * @throws UsageError for a key that neither form fits: empty, or with a `}` but no hash tag.
 */
export function ledgerKey(key: string): string {
  if (hashTag(key) !== null) return `${key}:ledger`;
  if (key === '' || key.includes('}')) {
    throw new UsageError(
      `the counter key '${key}' cannot have a ledger in its slot: use a key without braces, or with a hash tag such as '{a}:0'`,
    );
  }
  return `{${key}}:ledger`;
}
