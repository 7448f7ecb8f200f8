"""Who is calling, for what purpose, may they. Decisions are pure values with a reason."""
