import { request } from 'undici';
import { describeError } from '../../model/errors.ts';

/** What a GET of a page brought, after redirects on the same host. */
export type PageAnswer =
  | { readonly kind: 'page'; readonly path: string; readonly body: string }
  /** Not now: nobody listens, an error of the app's. It may still come. */
  | { readonly kind: 'not-yet'; readonly what: string }
  /** An answer that waiting does not change: it is elsewhere, or refused. */
  | { readonly kind: 'no-page'; readonly what: string };

const timeoutMs = 3000;
const mostRedirects = 3;
const shownCharacters = 60;

/** One GET, and those that it is redirected to on this host: the last path is the page's. */
export async function getPage(
  origin: string,
  path: string,
  signal: AbortSignal,
): Promise<PageAnswer> {
  let at = path;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await get(origin, at, signal);
    if (answer.kind !== 'moved') return answer;
    const next = new URL(answer.location, `${origin}${at}`);
    if (next.origin !== origin) {
      return { kind: 'no-page', what: `redirects to ${next.origin}, which is another host` };
    }
    at = `${next.pathname}${next.search}`;
  }
  return { kind: 'no-page', what: `redirects more than ${mostRedirects} times, last to ${at}` };
}

async function get(
  origin: string,
  path: string,
  signal: AbortSignal,
): Promise<PageAnswer | { readonly kind: 'moved'; readonly location: string }> {
  try {
    const { statusCode, headers, body } = await request(`${origin}${path}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await body.text();
    const { location } = headers;
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
      return { kind: 'moved', location };
    }
    if (statusCode >= 200 && statusCode < 300) return { kind: 'page', path, body: text };
    const what = `answers ${statusCode} ${shortText(text)}`;
    return { kind: statusCode >= 500 ? 'not-yet' : 'no-page', what };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'not-yet', what: `gives no answer (${describeError(error)})` };
  }
}

/** `"I have been hit 5 times…"`: the beginning of a page on one line. */
export function shortText(body: string): string {
  const line = body.replaceAll(/\s+/g, ' ').trim();
  return JSON.stringify(
    line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line,
  );
}
