"""Cited documents: versions, pages, passages, search with access inside the query, and the check of every quotation.

Never here: a model, an answer's wording, a patient's record.
"""
