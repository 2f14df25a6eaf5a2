import { runAgent } from './agent.ts';

/** The agent's entry when the tool runs from its sources; the bundle has a hidden argument instead. */
runAgent();
