#!/usr/bin/env node
'use strict';
var version = process.versions.node.split('.');
if (+version[0] < 22 || (+version[0] === 22 && +version[1] < 19)) {
  console.error(
    'redis-k8s-chaos needs Node 24; this is Node ' + process.versions.node + '. ' +
      'Get it from https://nodejs.org, or in a workflow with actions/setup-node and node-version: 24.'
  );
  process.exitCode = 3;
} else {
  require('./index.cjs').runAction();
}
