"""Reads the picture of a page by OCR: Tesseract as a process of the worker, one page at a time, words with boxes."""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.parsing import frames

PR_SET_PDEATHSIG = 1
SECONDS = 60.0
"""How long one page may take; 2 to 4 seconds are usual."""
DPI = 300
"""Tesseract's documentation advises 300 dots an inch; smaller letters are lost below."""
LEAST = 55.0
"""Mean confidence (0..100) below which a page is taken for unreadable: handwriting, a photograph, noise."""


@dataclass(frozen=True)
class Scanned:
    """The words of a page: text, boxes (len(text), 4) in points, origin bottom left, and the mean confidence."""

    text: str
    boxes: NDArray[np.float32]
    confidence: float


@dataclass(frozen=True)
class NotScanned:
    """Why a page could not be read: `ocr_failed`, `ocr_language` (its data is not installed), `ocr_time`,
    `ocr_unreadable` or `ocr_blank`."""

    why: str


def read_picture(png: bytes, program: str, languages: str, height: float, scale: float) -> Scanned | NotScanned:
    """Words of a PNG by the Tesseract at `program`. `height` is the page's in points, `scale` pixels a point."""
    try:
        done = subprocess.run(  # noqa: S603 - the program was found by the parent, every argument is ours
            [program, "stdin", "stdout", "-l", languages, "--psm", "1", "--dpi", str(round(72 * scale)), "tsv"],
            input=png,
            capture_output=True,
            timeout=SECONDS,
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
            check=False,
            preexec_fn=_die_with_parent,  # the worker has one thread
        )
    except subprocess.TimeoutExpired:
        return NotScanned("ocr_time")
    except OSError:
        return NotScanned("ocr_failed")
    if done.returncode != 0:
        missing = b"loading language" in done.stderr or b"Error opening data file" in done.stderr
        return NotScanned("ocr_language" if missing else "ocr_failed")
    return _assembled(list(_words(done.stdout.decode("utf-8", "replace"))), height, scale)


_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)


def _die_with_parent() -> None:
    """Where the system offers it (Linux, prctl(2)), a program whose worker is killed ends with it."""
    if _PRCTL is not None:
        _PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True)
class _Word:
    block: tuple[int, int]
    line: int
    left: float
    top: float
    width: float
    height: float
    confidence: float
    text: str


def _words(table: str) -> Iterator[_Word]:
    """The word rows of Tesseract's table: level 5, with a text and a confidence."""
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        numbers = [float(c) for c in cells[1:11]]
        if numbers[9] < 0:
            continue
        text = "".join(c for c in cells[11].strip() if c.isprintable())
        block = (int(numbers[1]), int(numbers[2]))
        left, top, width, height, confidence = numbers[5:10]
        yield _Word(block, int(numbers[3]), left, top, width, height, confidence, text)


def _assembled(words: list[_Word], height: float, scale: float) -> Scanned | NotScanned:
    """Words of a line joined by blanks, lines by line ends, paragraphs by an empty line, as Tesseract orders them."""
    if not words:
        return NotScanned("ocr_blank")
    confidence = sum(w.confidence * len(w.text) for w in words) / max(1, sum(len(w.text) for w in words))
    if confidence < LEAST:
        return NotScanned("ocr_unreadable")
    text, rows = list[str](), list[NDArray[np.float32]]()
    gap = np.full((1, 4), np.nan, np.float32)
    before: _Word | None = None
    for word in words:
        if before is not None:
            same = before.block == word.block
            mark = "\n\n" if not same else "\n" if before.line != word.line else " "
            text.append(mark)
            rows.append(np.repeat(gap, len(mark), axis=0))
        text.append(word.text)
        rows.append(_letters(word, height, scale))
        before = word
    return Scanned("".join(text), np.concatenate(rows), round(confidence, 1))


def _letters(word: _Word, height: float, scale: float) -> NDArray[np.float32]:
    """The word's box cut evenly, one part a character, along its longer side: Tesseract tells no place of single
    letters here, and the words of a page lying on a side run upward."""
    if len(word.text) > 1 and word.height > 1.5 * word.width:
        return _upward(word, height, scale)
    edges = np.linspace(word.left, word.left + word.width, len(word.text) + 1) / scale
    top, bottom = height - word.top / scale, height - (word.top + word.height) / scale
    count = len(word.text)
    columns = (edges[:-1], np.full(count, bottom), edges[1:], np.full(count, top))
    return np.stack(columns, axis=1).astype(np.float32)


def _upward(word: _Word, height: float, scale: float) -> NDArray[np.float32]:
    """The same for a word that runs from top to bottom; one that runs upward has its letters in the mirrored parts."""
    count = len(word.text)
    edges = height - np.linspace(word.top, word.top + word.height, count + 1) / scale
    left, right = np.full(count, word.left / scale), np.full(count, (word.left + word.width) / scale)
    return np.stack((left, edges[1:], right, edges[:-1]), axis=1).astype(np.float32)


def page_frame(number: int, width: float, height: float, found: Scanned | NotScanned, hidden: dict[str, int]) -> bytes:
    """The PAGE frame of a page that was read by OCR, or of one that could not be: without text, with the reason."""
    if isinstance(found, NotScanned):
        facts = json.dumps({"hidden": hidden, "unread": found.why}).encode()
        return frames.frame(frames.PAGE, frames.pack_page(frames.PageFrame(number, 0, width, height, b"", facts=facts)))
    facts = json.dumps({"hidden": hidden, "ocr": found.confidence}).encode()
    made = frames.PageFrame(
        number,
        len(found.text),
        width,
        height,
        found.text.encode(),
        found.boxes.astype("<f4").tobytes(),
        facts=facts,
    )
    return frames.frame(frames.PAGE, frames.pack_page(made))
