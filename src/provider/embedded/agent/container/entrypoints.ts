/** Programs of public images that are scripts, imitated line by line where behaviour depends on it. */

/** Options and a *.conf go to the server: how the entry points of both families begin. */
const toServer = (server: string) => `#!/bin/sh
set -e
case "$1" in
  -* | *.conf) set -- ${server} "$@" ;;
esac
`;

const narrowUmask = `if [ "$(umask)" = 0022 ]; then umask 0077; fi
`;

/**
 * docker-entrypoint.sh of redis images before 8, and of valkey's: the server started as root gives
 * its folder to the image's user and becomes it. Valkey's appends VALKEY_EXTRA_FLAGS, word by word,
 * to whatever it runs, and warns where the server cannot write.
 * @param canBecomeUser false without root: there is no second user to become
 */
export function serverEntrypoint(family: 'redis' | 'valkey', canBecomeUser: boolean): string {
  const server = `${family}-server`;
  const become = `if [ "$1" = ${server} ] && [ "$(id -u)" = 0 ]; then
  find . ! -user ${family} -exec chown ${family} {} +
  exec setpriv --reuid=${family} --regid=${family} --clear-groups -- "$0" "$@"
fi
`;
  const warn = `if [ "$1" = ${server} ] && [ ! -w . ]; then
  echo "warning: the user $(id -u) cannot write to $(pwd); persistence will fail" >&2
fi
`;
  const isValkey = family === 'valkey';
  return [
    toServer(server),
    canBecomeUser ? become : '',
    isValkey ? warn : '',
    narrowUmask,
    isValkey ? 'exec "$@" $VALKEY_EXTRA_FLAGS\n' : 'exec "$@"\n',
  ].join('');
}

/**
 * docker-entrypoint.sh of redis images from 8 on. What is the server or one of its other names, also
 * by path, becomes the user redis if it may (SKIP_DROP_PRIVS keeps it root); before, files that this
 * user could not use are given to it (SKIP_FIX_PERMS does not), but only in a data folder that holds
 * nothing but *.rdb and appendonlydir, and of a configuration only in a folder of its own.
 * The modules of the full image are left out: there are none here.
 */
export function redisEntrypoint(canBecomeUser: boolean): string {
  return [
    toServer('redis-server'),
    recogniseRedis,
    canBecomeUser ? becomeRedis : '',
    narrowUmask,
    startRedis,
  ].join('');
}

const recogniseRedis = `bin=\${0%/*}
server='' sentinel='' config=''
case "$(command -v "$1" || :)" in
  "$bin"/redis-server | "$bin"/redis-check-aof | "$bin"/redis-check-rdb) server=1 ;;
  "$bin"/redis-sentinel) server=1 sentinel=1 ;;
esac
if [ "$server" ]; then
  case "$2" in -*) ;; *) config=$2 ;; esac
  for word in "$@"; do
    if [ "$word" = --sentinel ]; then sentinel=1; fi
  done
fi
`;

const becomeRedis = `as_redis() { setpriv --reuid=redis --regid=redis --clear-groups "$@"; }
# names on stdin: $1 is what the user must be able to do with each, rw or r
give() {
  while IFS= read -r file; do
    if [ "$1" = rw ]; then need=-w; else need=-r; fi
    if as_redis test -r "$file" -a $need "$file"; then continue; fi
    mode=$1
    if [ -d "$file" ]; then mode=\${1}x; fi
    chown redis "$file" || echo "Warning: cannot change the owner of $file"
    chmod "u+$mode" "$file" || echo "Warning: cannot change the mode of $file"
  done
}
give_data() {
  other=$(find . -mindepth 1 -maxdepth 1 ! '(' -name '*.rdb' -o -type d -name appendonlydir ')' -print -quit)
  if [ "$other" ]; then
    echo "Notice: $other is in the data folder; permissions are left alone"
  else
    find . | give rw
  fi
}
give_config() {
  if [ ! -f "$config" ]; then return 0; fi
  folder=$(dirname "$config")
  if [ "$(ls -A "$folder")" = "$(basename "$config")" ]; then
    printf '%s\\n' "$folder" "$config" | give "$1"
  else
    echo "Notice: $folder holds more than the configuration; permissions are left alone"
  fi
}
capabilities=
if [ "$server" ] && [ -z "$SKIP_DROP_PRIVS" ] && [ "$(id -u)" = 0 ]; then
  capabilities=,$(setpriv --dump | sed -n 's/^Capability bounding set: //p'),
fi
case "$capabilities" in *,setgid,*) may_setgid=1 ;; *) may_setgid='' ;; esac
case "$capabilities" in *,setuid,*) may_setuid=1 ;; *) may_setuid='' ;; esac
if [ "$may_setgid" ] && [ "$may_setuid" ]; then
  if [ -z "$SKIP_FIX_PERMS" ]; then
    if [ "$sentinel" ]; then
      give_config rw
    else
      give_data
      give_config r
    fi
  fi
  keep=-all
  case "$capabilities" in *,sys_resource,*) keep=-all,+sys_resource ;; esac
  exec setpriv --reuid=redis --regid=redis --clear-groups --no-new-privs \\
    --inh-caps=$keep --ambient-caps=$keep --bounding-set=$keep "$0" "$@"
fi
`;

const startRedis = `if [ "$server" ] && [ -z "$sentinel" ]; then echo 'Starting Redis Server'; fi
exec "$@"
`;

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
