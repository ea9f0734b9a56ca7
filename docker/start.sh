#!/bin/sh
# Starts one command of MinerConsole in a container. The kernels were compiled with the image: they are laid where they
# are looked for, in the home, which is a volume and may be older than the image.
set -eu
umask 077
ROOT=/opt/minerconsole
mkdir -p "$MINERCONSOLE_HOME/cache"
for built in "$ROOT"/built/*.so; do
  [ -e "$MINERCONSOLE_HOME/cache/${built##*/}" ] || cp "$built" "$MINERCONSOLE_HOME/cache/"
done
exec "$ROOT/.venv/bin/python" "$ROOT/manage.py" "$@"
