import { once } from 'node:events';
import { connect } from 'node:net';

/** Where the machine's keeper listens; absent outside the tests that share the machine. */
export const machineVariable = 'RKC_TEST_MACHINE';

/** Leave to load the machine, given back by `dispose` or with the process. */
export type Berth = Disposable;

/**
 * Waits until this machine bears one more run of the product. `alone`: until no other runs and it is
 * quiet, as far as it gets; nobody else starts meanwhile. Without a keeper there is no wait.
 */
export async function takeBerth(alone = false): Promise<Berth> {
  const path = process.env[machineVariable];
  if (path === undefined) return { [Symbol.dispose]: () => {} };
  const socket = connect(path);
  await once(socket, 'connect');
  socket.write(`${process.pid} ${alone ? 'alone' : 'shared'}\n`);
  await once(socket, 'data');
  // with the test runner gone there is nobody to keep the machine for
  socket.on('error', () => {});
  socket.unref();
  return { [Symbol.dispose]: () => socket.destroy() };
}
