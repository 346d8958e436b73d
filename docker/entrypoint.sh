#!/bin/sh
# Starts `whahook` as the user of the same name, whoever owns the volume. Platforms such as
# Railway mount volumes owned by root: started as root, this hands the volume over and drops
# to the ordinary user for good; started as somebody else, it says what that user lacks.
set -eu

volume=${VOLUME_DIR:-/data}
user=whahook

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$volume"
  # Only what is not ours yet: a large volume must not slow down every start.
  find "$volume" ! -user "$user" -exec chown -h "$user:$user" {} +
  exec setpriv --reuid="$user" --regid="$user" --init-groups --inh-caps=-all --bounding-set=-all \
    --no-new-privs "$0" "$@"
fi

if ! mkdir -p "$volume" 2>/dev/null || ! [ -w "$volume" ]; then
  echo "whahook: user $(id -u) cannot write to the volume $volume ($(stat -c 'owner %u, mode %a' "$volume" 2>/dev/null || echo 'it does not exist'))." >&2
  echo "whahook: start the container as root (it drops to '$user' by itself) or run: chown -R $(id -u) <the volume>" >&2
  exit 2
fi

exec whahook "$@"
