"""The command line: one file a command. Composes the doors; holds no rule of its own."""
