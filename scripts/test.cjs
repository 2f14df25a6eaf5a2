'use strict';
// `npm test -- ARGS`: all tests this machine can run. Brings what is missing, then test.ts decides.
const { join } = require('node:path');
const {
  ensureNodeModules,
  ensurePackages,
  missingPackages,
  root,
  runOnNode24,
} = require('./node24.cjs');

if (process.getuid && process.getuid() === 0 && missingPackages().length > 0) ensurePackages();
ensureNodeModules();
runOnNode24([join(root, 'scripts', 'test.ts'), ...process.argv.slice(2)]);
