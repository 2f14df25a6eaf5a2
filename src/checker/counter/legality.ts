/** Legal, or the smallest contradiction found, in words. */
export type Legality =
  | { readonly legal: true }
  | { readonly legal: false; readonly counterexample: readonly string[] };

export const legal: Legality = { legal: true };

export function illegal(...counterexample: string[]): Legality {
  return { legal: false, counterexample };
}
