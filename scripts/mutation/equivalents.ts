import type { Known } from './survivors.ts';
export const equivalents: readonly Known[] = [];
