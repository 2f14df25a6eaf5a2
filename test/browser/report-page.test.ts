import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace, runTool } from '../support/run-tool.ts';
import { openBrowser } from './chromium.ts';

/**
 * Goal: the page of a real run opens wherever people open it, for everybody, and asks nobody for
 * anything. Method: one real run on the embedded provider, its report.html in a real Chromium.
 */
const here = import.meta.dirname;
const workspace = openWorkspace();
const file = join(workspace.reportDir, 'report.html');
let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  const [run, opened] = await Promise.all([
    runTool(workspace, [
      ...['run', '--provider', 'embedded', '--node-timeout', '2s'],
      ...['--report-dir', workspace.reportDir],
    ]),
    openBrowser(),
  ]);
  expect([0, 2], run.stderr).toContain(run.exitCode);
  browser = opened;
  server = createServer((request, response) => {
    const sandboxed = request.url === '/sandbox';
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      ...(sandboxed ? { 'content-security-policy': 'sandbox allow-scripts' } : {}),
    });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  workspace[Symbol.dispose]();
});

interface Opened {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

async function open(
  url: string,
  colorScheme: 'light' | 'dark' = 'light',
  scripts = true,
): Promise<Opened> {
  const context = await browser.newContext({ colorScheme, javaScriptEnabled: scripts });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url, { waitUntil: 'load' });
  return { page, requests, complaints };
}

describe.each([
  ['from the disk', () => pathToFileURL(file).href],
  ['over HTTP', () => `${origin}/`],
  ['in a sandbox, with an origin of its own', () => `${origin}/sandbox`],
])('%s', (_, url) => {
  test('it shows the verdict and a chart, asks for nothing, complains of nothing', async () => {
    const { page, requests, complaints } = await open(url());
    expect(await page.locator('.verdict').innerText()).toMatch(/^(PASS|INCONCLUSIVE)$/);
    const chart = await page.locator('.chart svg').first().boundingBox();
    expect(chart?.width ?? 0).toBeGreaterThan(600);
    expect(chart?.height ?? 0).toBeGreaterThan(300);
    expect(requests.filter((one) => !one.startsWith('data:'))).toEqual([url()]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

test('with scripts off all of it is there', async () => {
  const { page } = await open(pathToFileURL(file).href, 'light', false);
  expect(await page.locator('#checks tbody tr').count()).toBeGreaterThan(10);
  expect(await page.locator('.chart svg path').count()).toBeGreaterThan(3);
  await page.context().close();
});

test.each([
  'light',
  'dark',
] as const)('in the %s theme nothing serious stands in anybody’s way', async (theme) => {
  const { page } = await open(pathToFileURL(file).href, theme);
  const axe = readFileSync(join(here, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const runner = (
      globalThis as unknown as { axe: { run(): Promise<{ violations: readonly Violation[] }> } }
    ).axe;
    interface Violation {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string }[];
    }
    const { violations } = await runner.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html }) => html.slice(0, 200))
            .slice(0, 3)
            .join(' ')}`,
      );
  });
  expect(found).toEqual([]);
  await page.context().close();
});

test('a link to a check or a fault leads there', async () => {
  const { page } = await open(`${pathToFileURL(file).href}#check-promotion`);
  const box = await page.locator('#check-promotion').boundingBox();
  const height = page.viewportSize()?.height ?? 0;
  expect(box?.y ?? height).toBeLessThan(height);
  await page.context().close();
});

test('the page is small', () => {
  expect(statSync(file).size).toBeLessThan(2_000_000);
});

test('mermaid draws every chart of summary.md', async () => {
  const summary = readFileSync(join(workspace.reportDir, 'summary.md'), 'utf8');
  const charts = [...summary.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  expect(charts.map((text) => text.split('\n')[0])).toEqual(['gantt', 'xychart-beta']);
  const page = await browser.newPage();
  await page.addScriptTag({
    path: join(here, 'node_modules', 'mermaid', 'dist', 'mermaid.min.js'),
  });
  for (const [index, text] of charts.entries()) {
    const drawn = await page.evaluate(
      async ([source, id]) => {
        const { mermaid } = globalThis as unknown as {
          mermaid: { render(id: string, text: string): Promise<{ svg: string }> };
        };
        return (await mermaid.render(id ?? '', source ?? '')).svg;
      },
      [text, `chart${index}`],
    );
    expect(drawn).toMatch(/^<svg/);
    expect(drawn).not.toContain('Syntax error');
  }
  await page.close();
});
