# Copies a server's part of the template into /data, once. A restarted pod keeps its data.
# Run as root, before the server: clone.sh postgresql|redis|odoo.
set -eu

postgresql() {
  export PGDATA=/data/part
  rm -rf "$PGDATA"
  cp -a /template/postgres "$PGDATA"
  : > "$PGDATA/postgresql.conf" # the command line has all settings
  printf 'local all all trust\nhost all all all scram-sha-256\n' > "$PGDATA/pg_hba.conf"
  chown postgres:postgres /data
  as_postgres="setpriv --reuid=postgres --regid=postgres --init-groups"
  # Nothing has to survive a crash before the data are moved to their place.
  $as_postgres pg_ctl -D "$PGDATA" -w -s start \
    -o "-c listen_addresses='' -c unix_socket_directories=/tmp -c fsync=off -c shared_preload_libraries=pg_stat_statements"
  for tenant in $TENANTS; do
    $as_postgres psql -h /tmp -U postgres -d postgres -v ON_ERROR_STOP=1 -q \
      -c "create database \"$tenant\" owner odoo template t0 strategy wal_log"
    $as_postgres psql -h /tmp -U postgres -d "$tenant" -v ON_ERROR_STOP=1 -q <<SQL
      update ir_config_parameter set value = gen_random_uuid()::text where key in ('database.uuid', 'database.secret');
      update ir_cron set nextcall = now() at time zone 'utc' + interval '1 day', lastcall = null;
      insert into ir_config_parameter (key, value) values ('web.base.url', 'http://$tenant.localhost'), ('web.base.url.freeze', 'True')
        on conflict (key) do update set value = excluded.value;
SQL
  done
  $as_postgres pg_ctl -D "$PGDATA" -w -s stop
  # Only now is it the server's, and on the disk.
  sync
  mv "$PGDATA" /data/pgdata
}

redis() {
  chown redis /data
}

odoo() {
  mkdir -p /data/filestore
  for tenant in $TENANTS; do
    [ -e "/data/filestore/$tenant" ] || cp -a /template/odoo/filestore/t0 "/data/filestore/$tenant"
  done
  chown odoo /data /data/filestore
}

case $1 in
postgresql) [ -e /data/pgdata ] || postgresql ;;
redis | odoo) "$1" ;;
esac
