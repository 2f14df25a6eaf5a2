import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import apiFields from '../src/kube/api-fields.json' with { type: 'json' };
import { connectKube } from '../src/kube/client/connection.ts';

/**
 * Writes src/kube/api-enums.json: the values that a field may have, as an API server publishes them
 * (`/openapi/v3`), by type and field: `StatefulSetSpec.podManagementPolicy`. Of the types in
 * api-fields.json, without what only a status holds.
 *
 *   node scripts/api-enums.ts [CONTEXT]
 */
export type ApiEnums = Readonly<Record<string, readonly string[]>>;

/** Published, but dropped unread unless a feature gate is on. */
const behindGates = new Set(['Lifecycle.stopSignal']);

interface Schema {
  readonly properties?: Readonly<
    Record<string, { readonly enum?: string[]; readonly items?: { readonly enum?: string[] } }>
  >;
}

/** @param get the text of a path of the API server */
export async function readApiEnums(get: (path: string) => Promise<string>): Promise<ApiEnums> {
  const versions = [
    ...new Set(Object.keys(apiFields.kinds).map((kind) => kind.split(' ')[0] ?? '')),
  ];
  const found = new Map<string, readonly string[]>();
  for (const version of versions) {
    const path = `/openapi/v3/${version.includes('/') ? 'apis' : 'api'}/${version}`;
    const { components } = JSON.parse(await get(path)) as {
      components: { schemas: Readonly<Record<string, Schema>> };
    };
    for (const [name, schema] of Object.entries(components.schemas)) {
      const type = name.split('.').at(-1) ?? '';
      if (!name.startsWith('io.k8s.') || !(type in apiFields.types) || type.endsWith('Status'))
        continue;
      for (const [field, one] of Object.entries(schema.properties ?? {})) {
        const values = one.enum ?? one.items?.enum;
        if (values && !behindGates.has(`${type}.${field}`))
          found.set(`${type}.${field}`, values.filter(Boolean).sort());
      }
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (import.meta.main) {
  const connection = await connectKube({ kubeconfig: null, context: process.argv[2] ?? null });
  const enums = await readApiEnums((path) =>
    connection.send({ method: 'GET', path, what: `read ${path}` }, AbortSignal.timeout(60_000)),
  );
  await connection.close();
  const file = join(import.meta.dirname, '..', 'src', 'kube', 'api-enums.json');
  writeFileSync(file, `${JSON.stringify(enums, null, 2)}\n`);
}
