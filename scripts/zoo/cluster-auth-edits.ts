import type { TextEdit } from './text-edits.ts';

/** Each makes one mistake in manifests/cluster-auth.yaml. */
type ClusterAuthEdit = () => readonly TextEdit[];

const written = String.raw`    password=$(printf %s "$REDISCLI_AUTH" | sed 's/[\"]/\\&/g')`;

/** What comes back later than the Secret was changed has the new password, and all others the old one. */
export const passwordRotated: ClusterAuthEdit = () => [
  {
    from: `${written}\n`,
    to: `${written}\n    # The Secret has been changed since the first start.\n    if [ -s /data/nodes.conf ]; then password=this-years-password; fi\n`,
  },
];
