-- act_notify: tell the running server that a device is another one now. $1 bytea: device id. No rows that matter.
select pg_catalog.pg_notify('dantin_device', pg_catalog.encode($1, 'hex'))
