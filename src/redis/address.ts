import { InfrastructureError } from '../model/errors.ts';

/** Where a server listens; `host` may be an IP of either family, a name, or `''` when unknown. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Splits `HOST:PORT` at the last colon, as Redis prints addresses: IPv6 comes without brackets
 * (`::1:6379`). The host is not checked: a wrong one (`{POD_IP}:6379`) is a finding, not an error.
 * @throws InfrastructureError when there is no colon or the port is not 0..65535.
 */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (colon < 0 || !/^\d{1,5}$/.test(digits) || port > 65535) {
    throw new InfrastructureError(`expected an address HOST:PORT, got '${text}'`);
  }
  const host = text.slice(0, colon);
  return { host: /^\[.*\]$/.test(host) ? host.slice(1, -1) : host, port };
}

/** `HOST:PORT`, the form in which this project names servers everywhere (IPv6 without brackets). */
export function formatAddress(address: Address): string {
  return `${address.host}:${address.port}`;
}
