#!/usr/bin/env node
// Plain JavaScript without dependencies: it runs before anything is installed or compiled.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  console.error(`darkroom needs Node 20.9 or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}

if (existsSync(new URL('../src/', import.meta.url))) {
  const { ensureReady } = await import('../scripts/setup.js');
  try {
    await ensureReady({ quiet: false });
  } catch (error) {
    console.error(`darkroom: ${error.message}`);
    process.exit(1);
  }
}

const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2));
