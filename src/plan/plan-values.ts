import type { FaultClass, FaultName, HoldMode } from '../model/fault.ts';
import type { Plan, ProviderName, TopologyName } from '../model/plan.ts';
import type { Codec } from './codec.ts';
import type { AuthSource, ImagePair } from './setup-codec.ts';

/** Every setting of a plan, parsed; absent: not given. Times are ms unless the name says else. */
export interface PlanValues {
  readonly provider?: ProviderName | 'auto';
  readonly nodes?: number;
  readonly notReadyAfterMs?: number;
  readonly evictAfterMs?: number;
  readonly nodeImage?: string;
  readonly kindVersion?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowContext?: string;
  readonly namespace?: string;
  readonly loadImages?: readonly string[];
  readonly topology?: TopologyName;
  readonly manifests?: string;
  readonly chart?: string;
  readonly values?: readonly string[];
  readonly set?: readonly string[];
  readonly images?: readonly ImagePair[];
  readonly nodeTimeoutMs?: number;
  readonly form?: Plan['setup']['form'];
  readonly auth?: AuthSource;
  readonly authUser?: string;
  readonly sentinelAuth?: AuthSource;
  readonly selector?: string;
  readonly fault?: FaultName;
  readonly hold?: HoldMode;
  readonly awayMs?: number;
  readonly graceSeconds?: number;
  readonly failovers?: number;
  readonly assertOnly?: boolean;
  readonly claims?: readonly FaultClass[];
  readonly rate?: number;
  readonly requestTimeoutMs?: number;
  readonly maxInFlight?: number;
  readonly service?: string;
  readonly pattern?: string;
  readonly port?: string;
  readonly path?: string;
  readonly key?: string;
  readonly outageBudgetMs?: number;
  readonly loss?: Plan['assert']['loss'];
  readonly seed?: number;
  readonly reportDir?: string;
  readonly keep?: Plan['keep'];
}

export type PlanFieldId = keyof PlanValues;

/** One setting: its place in a plan file, its flag, its Action input, its help; all from here. */
export interface PlanField<T> {
  /** Place in the plan file, `section.key` or `key`. */
  readonly path: string;
  /** Flag without dashes; also the Action's input, unless `input` says else. */
  readonly flag: string;
  readonly input?: string;
  /** What stands for the value in the help; null for a switch. */
  readonly placeholder: string | null;
  readonly codec: Codec<T>;
  /** Default as the help and the schema tell it; null when there is none to tell. */
  readonly defaultText: string | null;
  readonly description: string;
  of(plan: Plan): T | null;
}

/** A field for each of some settings, with the right type of value. */
export type PlanFieldsOf<Id extends PlanFieldId> = {
  readonly [K in Id]: PlanField<NonNullable<PlanValues[K]>>;
};
