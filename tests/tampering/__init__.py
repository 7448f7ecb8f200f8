"""What somebody who owns the database can do to the log, done to a real one, and what the verifier says of it."""
