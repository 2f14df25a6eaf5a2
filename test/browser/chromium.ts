import { type Browser, chromium } from 'playwright-core';
import { chromiumProgram } from './chromium-program.ts';

/** @throws Error where there is none: the runner of the tests asks before. */
export function openBrowser(): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === null) throw new Error('there is no chromium on PATH');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}
