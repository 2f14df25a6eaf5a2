const ofMaster = /(^|-)(master|primary|leader)(-|$)/;

/** Whether a Service is called so that its clients take what answers there for a master: `redis-master`, `primary`. */
export function isCalledMasters(service: string): boolean {
  return ofMaster.test(service);
}
