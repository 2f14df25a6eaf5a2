import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendText, serveHttp } from '../src/pod/http.ts';

/**
 * The hit-counter's page without Redis behind it, so that the client is what is measured:
 * `node bench/load-server.ts` prints its port and ends with its parent.
 */
const node = `${'0'.repeat(40)}@127.0.0.1:6379`;
let hits = 0;

function hit(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('x-outcome', 'ok').setHeader('x-node', node);
  sendText(response, 200, `I have been hit ${++hits} times since deployment.\n`);
}

const { port } = await serveHttp(hit, 0, '127.0.0.1');
process.stdout.write(`load-server listens on port ${port}\n`);
process.stdin.on('end', () => process.exit()).resume();
