"""The four jobs, one folder each, with the tools they add. Flows do not know each other."""
