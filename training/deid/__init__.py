"""Training text for the tagger of names and places: invented notes with known spans, and never a real one."""
