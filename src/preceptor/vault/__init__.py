"""Keys outside the database, sealing with them, search over what is sealed. Never holds a record or a caller."""
