import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VARIABLES } from '../../src/config/config.js';
import { TEMPORAL_DEV_FLAGS } from '../../src/dev/temporal-server.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  stop_grace_period?: string;
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  depends_on?: Record<string, unknown> | string[];
  healthcheck?: { test: string[] };
}

const text = read('docker-compose.yml');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const entries = Object.entries(services);
const ours = entries.filter(([, { image }]) => image === 'darkroom:local');

/** What the AWS SDK reads, and nobody else. */
const OF_AWS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

describe('docker-compose.yml', () => {
  it('sets only variables that Darkroom has', () => {
    const names = Object.values(VARIABLES).map(({ name }) => name);
    expect(ours.map(([name]) => name)).toEqual(['buckets', 'migrate', 'worker', 'server']);
    for (const [, { environment = {} }] of ours) {
      const unknown = Object.keys(environment).filter(
        (name) => !names.includes(name) && !OF_AWS.includes(name),
      );
      expect(unknown).toEqual([]);
    }
  });

  it('asks for every secret by a variable that .env.example has', () => {
    const asked = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    const example = [...read('.env.example').matchAll(/^#?(\w+)=/gm)].map(([, name]) => name);
    expect(asked).not.toHaveLength(0);
    expect(example).toEqual(expect.arrayContaining([...new Set(asked)]));
    expect(read('.env.example')).not.toMatch(/(PASSWORD|SECRET|TOKEN)\w*=\S/);
  });

  it('gives every image an exact version, and opens ports on this machine only', () => {
    for (const [, { image, ports = [] }] of entries) {
      expect(image).toMatch(/:(local|v?\d+\.\d+\.\d+(-pg\d+)?)$/);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('lets our own containers write only where they must, and gives them no rights of root', () => {
    for (const [name, { read_only, cap_drop, security_opt, tmpfs, volumes: kept = [] }] of ours) {
      expect({ name, read_only, cap_drop, security_opt }).toEqual({
        ...{ name, read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
      });
      const folders = [...read('Dockerfile').matchAll(/(?:SCRATCH_DIR|TMPDIR)=(\S+)/g)];
      expect([...(tmpfs ?? []), ...kept]).toEqual(['/tmp', ...folders.map(([, folder]) => folder)]);
    }
  });

  it('keeps what must last in volumes with names', () => {
    const named = entries.flatMap(([, it]) => it.volumes ?? []).filter((it) => /^\w/.test(it));
    expect(named.map((it) => it.split(':')[0]).sort()).toEqual(Object.keys(volumes).sort());
  });

  it('mounts files that there are', () => {
    const mounted = entries.flatMap(([, it]) => it.volumes ?? []).filter((it) => /^\./.test(it));
    for (const path of mounted.map((it) => it.split(':')[0] ?? '')) {
      expect(() => readdirSync(join(ROOT, path, '..'))).not.toThrow();
      const folder = readdirSync(join(ROOT, path, '..'));
      expect(folder).toContain(path.split('/').at(-1));
    }
  });

  it('watches over everything that stays up and is waited for', () => {
    const awaited = entries.flatMap(([, { depends_on = {} }]) =>
      Object.entries(depends_on).filter(([, it]) => JSON.stringify(it).includes('service_healthy')),
    );
    for (const name of [...new Set(awaited.map(([it]) => it)), 'worker', 'server']) {
      const test: unknown[] = services[name]?.healthcheck?.test ?? [];
      expect([name, test[0]]).toEqual([name, expect.stringMatching(/^CMD/)]);
      // An unquoted command with a colon is no text any more.
      expect(test.filter((word) => typeof word !== 'string')).toEqual([]);
    }
  });

  it('lets a worker and a server finish', () => {
    const seconds = (name: string) => Number.parseInt(services[name]?.stop_grace_period ?? '0', 10);
    const { shutdownForceSeconds, shutdownGraceSeconds } = VARIABLES;
    expect(seconds('worker')).toBeGreaterThan(Number(shutdownForceSeconds.fallback?.value));
    expect(seconds('server')).toBeGreaterThan(Number(shutdownGraceSeconds.fallback?.value));
  });

  it('configures Temporal with every key that the embedded server gets', () => {
    const config = parse(read('deploy/compose/temporal-dynamic-config.yaml')) as object;
    const embedded = TEMPORAL_DEV_FLAGS.flatMap((flag) => /^([a-z]+\.\w+)=/.exec(flag)?.[1] ?? []);
    const ofVisibility = 'history.visibilityProcessorMaxPollRPS';
    expect(Object.keys(config).sort()).toEqual(
      embedded.filter((key) => key !== ofVisibility).sort(),
    );
  });
});

describe('what watches it', () => {
  const metrics = (from: string) => [...new Set(from.match(/\bdarkroom_[a-z_]+/g))];
  const ofSources = ['src/metrics', 'src/http/operate', 'src/client']
    .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => metrics(read(path)));

  it.for(['deploy/compose/alerts.yml', 'deploy/compose/grafana/dashboards/darkroom.json'])(
    '%s asks for metrics that there are',
    (path) => {
      const asked = metrics(read(path)).map((name) => name.replace(/_(bucket|count|sum)$/, ''));
      expect(asked.length).toBeGreaterThan(3);
      expect(ofSources).toEqual(expect.arrayContaining(asked));
    },
  );
});
