"""The text layer of one PDF page with a box for every character, in the order and words PDFium reads it.

The text is PDFium's bounded text (`FPDFText_GetBoundedText` over the page's box) rebuilt from its characters, because
that call gives no way back from a place in the text to a character and its box. A test holds the two against each
other. What differs on purpose: line ends are "\\n"; PDFium's line-end hyphen mark U+0002 is "-"; control characters
are dropped (a space where they count as white space); a lone surrogate is U+FFFD; invisible text is left out.
"""

from __future__ import annotations

import ctypes
from collections import deque
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pypdfium2_raw as pdfium
from numpy.typing import NDArray

from preceptor.evidence.parsing import invisible
from preceptor.evidence.parsing.characters import Characters, Frame, address, fast

_count = fast(pdfium.FPDFText_CountChars, ctypes.c_int, ctypes.c_void_p)
_unicode = fast(pdfium.FPDFText_GetUnicode, ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
_object = fast(pdfium.FPDFText_GetTextObject, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int)
_box = fast(pdfium.FPDFText_GetCharBox, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * 4)
_origin = fast(pdfium.FPDFText_GetCharOrigin, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * 2)
