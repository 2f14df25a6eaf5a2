const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Whether a host is given by name: neither an address of either family, nor nothing. */
export function isName(host: string): boolean {
  return host !== '' && !ipv4.test(host) && !host.includes(':');
}
