"""PDFium's C functions as plain typed callables: handles and addresses are integers, nothing is copied or wrapped.

The wrapper library around the same binary costs about 2 µs a call; a page has some 3,000 characters. Here a call is
0.3 µs, and results land straight in arrays whose address is passed. Only the worker process imports this module.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pypdfium2_raw  # pyright: ignore[reportMissingTypeStubs]  it ships none
from numpy.typing import NDArray

_PDFIUM: Any = pypdfium2_raw
_INT, _UINT, _DOUBLE, _FLOAT = ctypes.c_int, ctypes.c_uint, ctypes.c_double, ctypes.c_float
_ADDRESS, _SIZE, _ULONG, _BYTES = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_ulong, ctypes.c_char_p


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., int]:
    # PYFUNCTYPE keeps the interpreter's lock during the call, a fifth of its cost; the worker has one thread.
    # Addresses are declared c_void_p, which ctypes converts faster than an integer type.
    prototype = ctypes.PYFUNCTYPE(result, *(_ADDRESS if kind is _SIZE else kind for kind in arguments))
    bound: Any = getattr(_PDFIUM, name)
    return prototype(ctypes.cast(bound, _ADDRESS).value or 0)


def _float_function(name: str, *arguments: Any) -> Callable[..., float]:
    bound: Any = getattr(_PDFIUM, name)
    kind: Any = _DOUBLE if name == "FPDFText_GetFontSize" else _FLOAT
    return ctypes.PYFUNCTYPE(kind, *arguments)(ctypes.cast(bound, _ADDRESS).value or 0)


init_library = _function("FPDF_InitLibrary", None)
load_document = _function("FPDF_LoadMemDocument64", _SIZE, _BYTES, ctypes.c_ulong, _ADDRESS)
last_error = _function("FPDF_GetLastError", _ULONG)
page_count = _function("FPDF_GetPageCount", _INT, _SIZE)
meta_text = _function("FPDF_GetMetaText", _ULONG, _SIZE, _BYTES, _ADDRESS, _ULONG)

load_page = _function("FPDF_LoadPage", _SIZE, _SIZE, _INT)
close_page = _function("FPDF_ClosePage", None, _SIZE)
page_box = _function("FPDF_GetPageBoundingBox", _INT, _SIZE, _ADDRESS)
page_rotation = _function("FPDFPage_GetRotation", _INT, _SIZE)
page_width = _float_function("FPDF_GetPageWidthF", _SIZE)
page_height = _float_function("FPDF_GetPageHeightF", _SIZE)

load_text = _function("FPDFText_LoadPage", _SIZE, _SIZE)
close_text = _function("FPDFText_ClosePage", None, _SIZE)
count_chars = _function("FPDFText_CountChars", _INT, _SIZE)
char_unicode = _function("FPDFText_GetUnicode", _UINT, _SIZE, _INT)
char_object = _function("FPDFText_GetTextObject", _SIZE, _SIZE, _INT)
char_box = _function("FPDFText_GetCharBox", _INT, _SIZE, _INT, _SIZE, _SIZE, _SIZE, _SIZE)
char_origin = _function("FPDFText_GetCharOrigin", _INT, _SIZE, _INT, _SIZE, _SIZE)
char_matrix = _function("FPDFText_GetMatrix", _INT, _SIZE, _INT, _ADDRESS)
char_font_size = _float_function("FPDFText_GetFontSize", _SIZE, _INT)
bounded_text = _function("FPDFText_GetBoundedText", _INT, _SIZE, *[_DOUBLE] * 4, _ADDRESS, _INT)

page_objects = _function("FPDFPage_CountObjects", _INT, _SIZE)
page_object = _function("FPDFPage_GetObject", _SIZE, _SIZE, _INT)
form_objects = _function("FPDFFormObj_CountObjects", _INT, _SIZE)
form_object = _function("FPDFFormObj_GetObject", _SIZE, _SIZE, _ULONG)
object_type = _function("FPDFPageObj_GetType", _INT, _SIZE)
set_object_fill = _function("FPDFPageObj_SetFillColor", _INT, _SIZE, *[_UINT] * 4)
set_object_stroke = _function("FPDFPageObj_SetStrokeColor", _INT, _SIZE, *[_UINT] * 4)
object_fill = _function("FPDFPageObj_GetFillColor", _INT, _SIZE, *[_SIZE] * 4)
object_bounds = _function("FPDFPageObj_GetBounds", _INT, _SIZE, *[_SIZE] * 4)
object_matrix = _function("FPDFPageObj_GetMatrix", _INT, _SIZE, _ADDRESS)
object_marks = _function("FPDFPageObj_CountMarks", _INT, _SIZE)
object_mark = _function("FPDFPageObj_GetMark", _SIZE, _SIZE, _ULONG)
mark_name = _function("FPDFPageObjMark_GetName", _INT, _SIZE, _SIZE, _ULONG, _SIZE)
text_bitmap = _function("FPDFTextObj_GetRenderedBitmap", _SIZE, _SIZE, _SIZE, _SIZE, _FLOAT)
path_segments = _function("FPDFPath_CountSegments", _INT, _SIZE)
path_segment = _function("FPDFPath_GetPathSegment", _SIZE, _SIZE, _INT)
path_draw_mode = _function("FPDFPath_GetDrawMode", _INT, _SIZE, _SIZE, _SIZE)
segment_kind = _function("FPDFPathSegment_GetType", _INT, _SIZE)
set_object_active = _function("FPDFPageObj_SetIsActive", _INT, _SIZE, _INT)
text_render_mode = _function("FPDFTextObj_GetTextRenderMode", _INT, _SIZE)
clip_path = _function("FPDFPageObj_GetClipPath", _SIZE, _SIZE)
clip_segment = _function("FPDFClipPath_GetPathSegment", _SIZE, _SIZE, _INT, _INT)
clip_segments = _function("FPDFClipPath_CountPathSegments", _INT, _SIZE, _INT)
segment_point = _function("FPDFPathSegment_GetPoint", _INT, _SIZE, _SIZE, _SIZE)
transform_clip = _function("FPDFPageObj_TransformClipPath", None, _SIZE, *[_DOUBLE] * 6)

new_bitmap = _function("FPDFBitmap_CreateEx", _SIZE, _INT, _INT, _INT, _ADDRESS, _INT)
destroy_bitmap = _function("FPDFBitmap_Destroy", None, _SIZE)
bitmap_buffer = _function("FPDFBitmap_GetBuffer", _SIZE, _SIZE)
bitmap_width = _function("FPDFBitmap_GetWidth", _INT, _SIZE)
bitmap_height = _function("FPDFBitmap_GetHeight", _INT, _SIZE)
bitmap_stride = _function("FPDFBitmap_GetStride", _INT, _SIZE)
render_page = _function("FPDF_RenderPageBitmap", None, _SIZE, _SIZE, *[_INT] * 6)

TEXT_OBJECT, PATH_OBJECT, IMAGE_OBJECT, FORM_OBJECT = 1, 2, 3, 5
SEGMENT_LINE, SEGMENT_BEZIER, SEGMENT_MOVE = 0, 1, 2
PASSWORD_ERROR, SECURITY_ERROR = 4, 5
BGRX = 3


def render(page: int, width: int, height: int) -> NDArray[np.uint8]:
    """The page on white: (height, width, 4) of blue, green, red, unused; no annotations.

    MemoryError without the memory for it.
    """
    pixels = np.full((height, width, 4), 255, np.uint8)
    bitmap = new_bitmap(width, height, BGRX, pixels.ctypes.data, 4 * width)
    if not bitmap:
        raise MemoryError
    render_page(bitmap, page, 0, 0, width, height, 0, 0)
    destroy_bitmap(bitmap)
    return pixels
