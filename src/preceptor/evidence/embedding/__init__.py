"""Models that read passages, checked against their digests before they run. No download, no database."""
