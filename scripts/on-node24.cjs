'use strict';
// Runs one of the project's TypeScript scripts on the Node 24 that the project brings.
const { join } = require('node:path');
const { ensureNodeModules, root, runOnNode24 } = require('./node24.cjs');

const [script, ...args] = process.argv.slice(2);
ensureNodeModules();
runOnNode24([join(root, script), ...args]);
