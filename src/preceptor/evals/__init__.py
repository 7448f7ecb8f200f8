"""Exams of the flows: cases, scores with their intervals, gates that fail closed, and systems that must not pass.
Product code never imports this room, so that nothing can be fitted to its own exam at run time."""
