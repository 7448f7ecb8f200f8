"""Files become pages: PDF, Markdown and plain text read into text with character boxes, and pages drawn as pictures.

Everything that touches the bytes of a file runs in a limited process of its own (`worker`), never in the caller's.
Never here: what a page means, where it is stored, who may read it.
"""
