"""The policy question: what was asked, where to look, which lines answer it, and when to stay silent.

Never here: a quotation that was not sliced from a stored page, a patient's record, SQL.
"""
