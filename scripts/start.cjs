'use strict';
// `npm start -- ARGS`: the main job on a fresh machine. Brings what is missing, then `run ARGS`.
const { join } = require('node:path');
const { ensureNodeModules, ensurePackages, root, runOnNode24 } = require('./node24.cjs');

const args = process.argv.slice(2);
const provider =
  args.find((arg) => arg.startsWith('--provider='))?.slice(11) ??
  args[args.indexOf('--provider') + 1];
const elsewhere = args.some((arg) => arg.startsWith('--provider')) && provider !== 'embedded';
if (!elsewhere && !args.includes('--help') && !args.includes('-h')) ensurePackages();
ensureNodeModules();
runOnNode24([join(root, 'src', 'cli.ts'), 'run', ...args]);
