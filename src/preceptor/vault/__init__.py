"""Tenant keys in a file outside the database, and sealing with them. Never holds a record, a caller or a connection."""
