import { InfrastructureError } from '../../../../model/errors.ts';

/** Networks of the node; they exist in its private network namespace only. */
export const podCidr = '10.244.0.0/16';
export const serviceCidr = '10.96.0.0/16';
export const loadBalancerCidr = '172.18.255.0/24';
export const nodeIp = '172.18.0.2';
/** Every pod's next hop, on each host end of a veth. */
export const podGateway = '10.244.0.1';
export const dnsIp = '10.96.0.10';
export const apiServiceIp = '10.96.0.1';

/** MAC of every host end: constant, so that pods can have a permanent neighbour entry. */
export const gatewayMac = 'ee:ee:ee:ee:ee:ee';

/** A pod's MAC follows from its address, so that both ends know it without ARP. */
export function podMac(ip: string): string {
  const bytes = ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `0a:58:${bytes.join(':')}`;
}

/**
 * Gives out addresses, none twice: an address of a dead pod that answers again as another pod would
 * merge clusters (redis#6174), which is an experiment of its own.
 */
export class AddressPool {
  #next: number;
  readonly #prefix: readonly number[];
  readonly #size: number;

  /** `cidr` as `10.244.0.0/16`, whole bytes only; the first `skip` addresses are left out. */
  constructor(cidr: string, skip: number) {
    const [base = '', bits = ''] = cidr.split('/');
    this.#prefix = base.split('.').map(Number);
    this.#size = 2 ** (32 - Number(bits)) - 1;
    this.#next = skip;
  }

  take(): string {
    if (this.#next >= this.#size) {
      throw new InfrastructureError(
        `all ${this.#size} addresses of ${this.#prefix.join('.')} were used in this run`,
      );
    }
    const offset = this.#next++;
    const [a = 0, b = 0, c = 0, d = 0] = this.#prefix;
    return [a, b, c + (offset >> 8), d + (offset & 255)].join('.');
  }
}
