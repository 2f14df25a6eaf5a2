/** What a watcher of the run is told. Implementations: live lines in a terminal, plain ones elsewhere. */
export interface Progress {
  /** A step of the story began. */
  phase(name: string): void;
  /** Something worth a line of its own happened. */
  say(text: string): void;
  /** What the step that is under way sees now; replaces the one before. */
  status(text: string): void;
  end(): void;
}
