import type { NodeView } from '../model/view.ts';
import type { Reply } from '../redis/connection.ts';

/** How far a server's data set was at a look, bytes of the replication stream. */
export interface ServerOffset {
  readonly role: 'master' | 'slave';
  readonly offset: number;
}

/** How a server of one kind is looked at, over and over, on one connection. */
export interface Examination {
  /**
   * Asks everything that a view speaks of; a reply for each question, errors in their places.
   * @throws NotSentError when the connection is gone.
   */
  ask(): Promise<readonly Reply[]>;
  /** The same for two looks only where `read` gives the same for both; null: that has to be read. */
  digest(replies: readonly Reply[]): string | null;
  /**
   * What the server says.
   * @throws the first error among the replies, or InfrastructureError when one is not understood.
   */
  read(replies: readonly Reply[]): Pick<NodeView, 'server' | 'sentinel'>;
  /** How far the data set was; null where the replies do not say. */
  offset(replies: readonly Reply[]): ServerOffset | null;
}
