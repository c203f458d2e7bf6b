#!/bin/sh
# Makes the database cluster where there is none, as the official image does, then becomes the server.
set -eu

# value NAME DEFAULT: the variable NAME, the content of the file that NAME_FILE names, or DEFAULT.
value() {
	eval "literal=\${$1-} file=\${$1_FILE-}"
	if [ -n "$file" ]; then cat "$file"; else printf %s "${literal:-$2}"; fi
}

export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	user=$(value POSTGRES_USER postgres)
	password=$(value POSTGRES_PASSWORD '')
	database=$(value POSTGRES_DB "$user")
	[ -n "$password" ] || { echo "POSTGRES_PASSWORD is not set" >&2; exit 1; }
	mkdir -p "$PGDATA"
	printf '%s\n' "$password" >/tmp/password
	initdb -U "$user" --pwfile=/tmp/password --auth-host=scram-sha-256 --auth-local=trust -E UTF8 --locale=C.UTF-8 --no-sync
	rm /tmp/password
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	if [ "$database" != postgres ]; then
		quoted=$(printf %s "$database" | sed 's/"/""/g')
		echo "CREATE DATABASE \"$quoted\"" | postgres --single postgres
	fi
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
