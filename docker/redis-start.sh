#!/bin/sh
# Starts the fleet's broker. Users are in an ACL file that the console keeps up to date: this writes its first two lines
# (nobody without a name, and the console), and a new password of the console, and leaves the nodes' lines alone.
set -eu
umask 077
FILE=/data/users.acl
touch "$FILE"
digest=$(printf '%s' "$BROKER_PASSWORD" | sha256sum | cut -d ' ' -f 1)
{
  echo "user default off resetchannels -@all"
  echo "user console on #$digest ~* &* +@all"
  grep -v -e '^user default ' -e '^user console ' "$FILE" || true
} >"$FILE.new"
mv "$FILE.new" "$FILE"
unset BROKER_PASSWORD
exec redis-server --aclfile "$FILE" --dir /data --appendonly yes --appendfsync everysec --save "" \
  --maxmemory "${BROKER_MEMORY:-512mb}" --maxmemory-policy noeviction --protected-mode no
