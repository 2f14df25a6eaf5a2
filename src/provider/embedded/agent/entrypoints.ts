/** Programs of public images that are scripts, imitated line by line where behaviour depends on it. */

/**
 * docker-entrypoint.sh of the public redis and valkey images: options and a *.conf go to the
 * server, and the server started as root gives its folder to the image's user and becomes it.
 * @param canBecomeUser false without root: there is no second user to become
 */
export function serverEntrypoint(server: string, user: string, canBecomeUser: boolean): string {
  const become = canBecomeUser
    ? `if [ "$1" = '${server}' ] && [ "$(id -u)" = '0' ]; then
  find . \\! -user ${user} -exec chown ${user} '{}' +
  exec setpriv --reuid=${user} --regid=${user} --clear-groups -- "$0" "$@"
fi
`
    : '';
  return `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
  set -- ${server} "$@"
fi
${become}[ "$(umask)" = '0022' ] && umask 0077
exec "$@"
`;
}

/**
 * The public images are built with protected mode off by default (docker-library/redis patches the
 * source); other builds refuse clients from other pods unless the configuration says otherwise.
 */
export function serverWithoutProtectedMode(program: string): string {
  return `#!/bin/sh
case "$*" in
  *protected-mode*|*--sentinel*|-v|--version|-h|--help|--test-memory*|--check-system) exec ${program} "$@" ;;
esac
if [ -f "$1" ] && grep -qiE '^[[:space:]]*protected-mode[[:space:]]' "$1"; then
  exec ${program} "$@"
fi
exec ${program} "$@" --protected-mode no
`;
}

/** docker-entrypoint.sh of the public node image. */
export const nodeEntrypoint = `#!/bin/sh
set -e
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ] || { [ -f "\${1}" ] && ! [ -x "\${1}" ]; }; then
  set -- node "$@"
fi
exec "$@"
`;

/** docker-entrypoint.sh of the public haproxy image. */
export const haproxyEntrypoint = `#!/bin/sh
set -e
if [ "\${1#-}" != "$1" ]; then
  set -- haproxy "$@"
fi
if [ "$1" = 'haproxy' ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
`;
