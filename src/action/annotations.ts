import { isAbsolute, relative } from 'node:path';
import * as core from '@actions/core';
import type { UsageError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/** A step may have 10 of each level (actions/runner); the tenth error is the step's own failure. */
const perLevel = 9;
/** Where the runner cuts a message. */
const messageLimit = 4096;

/**
 * One annotation a check that is not green: red ones are errors, those without enough evidence
 * warnings, and reds that the plan's claims do not cover notices. What is over the limit is counted.
 */
export function annotationsOf(checks: readonly Finding[]): readonly Annotation[] {
  const all = checks.filter(({ verdict }) => verdict !== 'pass').map(annotationOf);
  return (['error', 'warning', 'notice'] as const).flatMap((level) =>
    limited(all.filter((annotation) => annotation.level === level)),
  );
}

export function annotate(annotations: readonly Annotation[]): void {
  const say = { error: core.error, warning: core.warning, notice: core.notice };
  for (const { level, title, message } of annotations) say[level](message, { title });
}

/** Points to the place in the user's file where there is one, relative to the workspace. */
export function annotateUsageError(error: UsageError, env: NodeJS.ProcessEnv = process.env): void {
  const { position } = error;
  const title = 'redis-k8s-chaos: wrong usage';
  const place = position && {
    file: inWorkspace(position.file, env.GITHUB_WORKSPACE),
    startLine: position.line,
    startColumn: position.column,
  };
  core.error(error.message, { title, ...place });
}

function annotationOf(check: Finding): Annotation {
  const of = check.faultId === undefined ? '' : ` (${check.faultId})`;
  const parts = [
    `expected: ${check.expected}`,
    `observed: ${check.observed}`,
    ...(check.why === undefined ? [] : [`why: ${check.why}`]),
    ...check.evidence.map((line) => `- ${line}`),
  ];
  return {
    level: check.verdict === 'inconclusive' ? 'warning' : check.expectedRed ? 'notice' : 'error',
    title: `${check.id}${of}${check.expectedRed ? ': red, as this fault makes it' : ''}`,
    message: cut(parts.join('\n')),
  };
}

function limited(annotations: readonly Annotation[]): readonly Annotation[] {
  const [first] = annotations;
  if (annotations.length <= perLevel || !first) return annotations;
  const rest = annotations.slice(perLevel - 1).map(({ title }) => title);
  const message = cut(`also: ${rest.join(', ')}; the report has them all`);
  return [
    ...annotations.slice(0, perLevel - 1),
    { level: first.level, title: `${rest.length} more checks`, message },
  ];
}

function cut(message: string): string {
  return message.length <= messageLimit ? message : `${message.slice(0, messageLimit - 1)}…`;
}

function inWorkspace(file: string, workspace: string | undefined): string {
  if (!workspace || !isAbsolute(file)) return file;
  const path = relative(workspace, file);
  return path.startsWith('..') ? file : path;
}
