"""Every URL in one table, each naming its permission; JSON API and console. Never holds SQL, a rule or a decision."""
