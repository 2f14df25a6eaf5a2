import { describe, expect, test } from 'vitest';
import { metricsOf } from '../../../src/pod/exporter.ts';
import { roleLabel } from '../../../src/pod/role-labeller.ts';

describe('the label of a role', () => {
  const here = { host: 'redis-1.redis-nodes.ns.svc.cluster.local', port: 6379 };
  const there = { host: 'redis-2.redis-nodes.ns.svc.cluster.local', port: 6379 };
  test.each([
    ['a master that its Sentinel names', ['master', 1, []], here, 'master'],
    ['by its address', ['master', 1, []], { host: '10.0.0.2', port: 6379 }, 'master'],
    ['a master that was demoted and does not know it', ['master', 1, []], there, 'none'],
    ['a master whose Sentinel is silent', ['master', 1, []], null, 'none'],
    ['a replica, whoever is named', ['slave', there.host, 6379, 'connected', 1], here, 'replica'],
    ['a server that is silent', null, here, 'none'],
    ['an answer that is none', 'OK', here, 'none'],
  ])('%s', (_, role, named, label) => {
    expect(roleLabel(role, named, 'redis-1', ['10.0.0.2'])).toBe(label);
  });
  test('another pod whose name begins alike is another pod', () => {
    const named = { host: 'redis-10.redis-nodes', port: 6379 };
    expect(roleLabel(['master', 1, []], named, 'redis-1', [])).toBe('none');
  });
});

describe('the exporter', () => {
  test('tells the role and the link, by the names that redis_exporter gives them', () => {
    const info =
      '# Server\r\nredis_version:8.0.2\r\n# Replication\r\nrole:slave\r\nconnected_slaves:0\r\nmaster_link_status:up\r\n';
    const lines = metricsOf(info).split('\n');
    expect(lines).toContain('redis_up 1');
    expect(lines).toContain('redis_instance_info{role="slave",redis_version="8.0.2"} 1');
    expect(lines).toContain('redis_master_link_up 1');
  });
  test('says that Redis is down, and nothing else of it', () => {
    expect(metricsOf(null)).toBe('# TYPE redis_up gauge\nredis_up 0\n');
  });
});
