"""How an element of HTML looks by its own attributes and those around it: seen, or why not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([a-z-]+)\s*:\s*([^;!]+)")
_SIZE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?|\.\d{1,4})\s*(px|pt|em|rem|%|)")
_POINTS = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, "": 0.75}
_AWAY = re.compile(r"-\s*(?:\d{3,}|\d+\.\d*e\d)\S*")
_NOTHING = re.compile(r"0*\.?0*\s*(?:px|pt|em|rem|%)?")
_NAMED = {
    "white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "whitesmoke": "f5f5f5",
    "ghostwhite": "f8f8ff", "floralwhite": "fffaf0", "seashell": "fff5ee", "navy": "000080", "blue": "0000ff",
    "darkblue": "00008b", "red": "ff0000", "green": "008000", "gray": "808080", "grey": "808080", "silver": "c0c0c0",
    "yellow": "ffff00", "maroon": "800000", "purple": "800080", "teal": "008080", "orange": "ffa500",
    "lightgray": "d3d3d3", "lightgrey": "d3d3d3", "darkgray": "a9a9a9", "darkgrey": "a9a9a9",
}  # fmt: skip
ALIKE = 24
"""Of 255, in each channel: ink and ground so near each other are one colour to a reader."""
LEAST_POINTS = 2.0


@dataclass(frozen=True)
class Looks:
    """What is inherited. `ground` and `ink` are six hexadecimal digits, None when unknown (a picture, a style sheet);
    `unseen` says why text here cannot be seen."""

    ground: str | None = "ffffff"
    ink: str | None = "000000"
    invisible: bool = False
    tiny: bool = False
    struck: bool = False

    @property
    def unseen(self) -> str | None:
        """The kind of what hides text here, None when it is seen."""
        if self.invisible:
            return "style_none"
        if self.tiny:
            return "tiny"
        if self.struck:
            return "struck"
        return "same_colour" if self.ink == "none" or _alike(self.ink, self.ground) else None


PAPER = Looks()


def looks_of(node: LexborNode, around: Looks) -> Looks | str:
    """How `node` looks inside `around`; a word when nothing inside it can be seen, whatever it says of itself."""
    given = node.attributes
    if "hidden" in given or (given.get("aria-hidden") or "").strip().lower() == "true":
        return "hidden_attribute"
    if node.tag == "dialog" and "open" not in given:
        return "hidden_attribute"
    style = dict(_RULE.findall(_COMMENT.sub("", (given.get("style") or "")[:4_000].lower())))
    style = {name: value.strip() for name, value in style.items()}
    if style.get("display") == "none" or _gone(style):
        return "style_none"
    looks = around
    if "visibility" in style:
        looks = replace(looks, invisible=style["visibility"] in ("hidden", "collapse"))
    if (size := _points(style)) is not None:
        looks = replace(looks, tiny=size < LEAST_POINTS)
    if node.tag in ("s", "strike", "del") or "line-through" in style.get("text-decoration", ""):
        looks = replace(looks, struck=True)
    ground = style.get("background-color") or style.get("background") or given.get("bgcolor")
    if ground and _colour(ground) != "none":
        looks = replace(looks, ground=_colour(ground))
    ink = style.get("color") or given.get("color")
    return replace(looks, ink=_colour(ink)) if ink and ink != "inherit" else looks


def _gone(style: dict[str, str]) -> bool:
    """Moved off the page, cut to nothing, or without opacity."""
    if _NOTHING.fullmatch(style.get("opacity", "1")):
        return True
    if style.get("position") in ("absolute", "fixed") and any(
        _AWAY.fullmatch(style.get(side, "")) for side in ("left", "top", "right", "bottom")
    ):
        return True
    if _AWAY.fullmatch(style.get("text-indent", "")) or _AWAY.fullmatch(style.get("margin-left", "")):
        return True
    clip = style.get("clip-path", style.get("clip", ""))
    if re.fullmatch(r"(?:rect\(\s*(?:[01](?:px)?[\s,]*){4}\)|inset\(\s*(?:50|100)%.*\)|circle\(\s*0.*\))", clip):
        return True
    cut = style.get("overflow", style.get("overflow-y", "")) in ("hidden", "clip")
    sides = ("height", "max-height", "width", "max-width")
    return cut and any(side in style and _NOTHING.fullmatch(style[side]) for side in sides)


def _points(style: dict[str, str]) -> float | None:
    """The size of letters the style sets, in points; None when it sets none that can be read."""
    given = style.get("font-size")
    if given is None and "font" in style:
        found = re.search(_SIZE.pattern.replace("|)", ")") + r"(?:\s*/|\s|$)", style["font"])
        return float(found[1]) * _POINTS[found[2]] if found else None
    size = _SIZE.fullmatch(given or "")
    return float(size[1]) * _POINTS[size[2]] if size else None


def _colour(value: str) -> str | None:
    """Six hexadecimal digits, "none" for a colour without any opacity, None for what cannot be told."""
    value = value.strip().lower()
    if value == "transparent":
        return "none"
    if value in _NAMED:
        return _NAMED[value]
    if match := re.fullmatch(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", value):
        digits = match[1] if len(match[1]) > 4 else "".join(d * 2 for d in match[1])
        return "none" if digits[6:] == "00" else digits[:6]
    if match := re.fullmatch(
        r"rgba?\(\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*(?:[,/]\s*([\d.]+%?)\s*)?\)", value
    ):
        if match[4] is not None and _NOTHING.fullmatch(match[4]):
            return "none"
        return "".join(f"{min(255, int(part)):02x}" for part in match.groups()[:3])
    return None


def _alike(ink: str | None, ground: str | None) -> bool:
    if ink is None or ground is None:
        return False
    pairs = ((int(ink[n : n + 2], 16), int(ground[n : n + 2], 16)) for n in (0, 2, 4))
    return all(abs(a - b) <= ALIKE for a, b in pairs)
