# Creates the databases in TENANTS that are not there, with the modules that the scenarios
# need, and sets the password of admin.
set -euo pipefail
modules=stock,sale_management,sale_stock,purchase,purchase_stock,account
there=$(psql --dbname postgres --no-align --tuples-only --command 'select datname from pg_database')
for tenant in $TENANTS; do
  if grep -qx "$tenant" <<<"$there"; then
    echo "$tenant is there"
    continue
  fi
  # A database gets its name when it is whole: an attempt that was killed begins again.
  half=new-$tenant
  odoo="--db_host=$PGHOST --db_user=$PGUSER --db_password=$PGPASSWORD --database=$half --no-http"
  dropdb --if-exists "$half"
  rm -rf "/var/lib/odoo/filestore/$half"
  odoo $odoo --init=$modules --without-demo=all --stop-after-init
  odoo shell $odoo <<'PYTHON'
import os
env['res.users'].search([('login', '=', 'admin')]).password = os.environ['ODOO_PASSWORD']
env.cr.commit()
PYTHON
  if [ -e "/var/lib/odoo/filestore/$half" ]; then
    mv "/var/lib/odoo/filestore/$half" "/var/lib/odoo/filestore/$tenant"
  fi
  psql --dbname postgres --command "alter database \"$half\" rename to \"$tenant\""
  echo "$tenant was created"
done
