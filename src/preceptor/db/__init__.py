"""Postgres: the embedded server, the pool, tenant-scoped transactions, migrations. Knows no medicine and no key."""
