"""A result as one self-contained page: gates, figures, pictures, and every case that went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from preceptor.evals.cases import Abstain, Answer, Place
from preceptor.evals.plots import latency, reliability, risk
from preceptor.evals.sitting import Result, Sat
from preceptor.evals.statistics import Metric

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--rule:#c9d1d9;--quiet:#57606a;--blue:#0550ae;--no:#a40e26;
--yes:#116329}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--rule:#3d444d;--quiet:#9da7b1;--blue:#79b8ff;
--no:#ff8b93;--yes:#6bd58a}}
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
background:var(--paper);overflow-wrap:break-word}
h2{margin:2.2rem 0 .4rem;font-size:1.35rem}h3{margin:1.4rem 0 .3rem;font-size:1.05rem}
table{border-collapse:collapse;width:100%;margin:.3rem 0 1rem}
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--rule);vertical-align:top}
thead th{color:var(--quiet);font-weight:600}th small{display:block;font-weight:400;color:var(--quiet)}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.no{color:var(--no);font-weight:600}.yes{color:var(--yes);font-weight:600}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:1rem}
figure{margin:0}figcaption{color:var(--quiet);padding-left:1rem}svg{width:100%;font-size:12px}svg text{fill:var(--ink)}
.axis{fill:none;stroke:var(--quiet)}.line{fill:none;stroke:var(--blue);stroke-width:2}.mark{fill:var(--blue)}
.dashed{fill:none;stroke:var(--quiet);stroke-dasharray:4 4}
details{border-bottom:1px solid var(--rule);padding:.4rem 0}summary{cursor:pointer}
blockquote{margin:.3rem 0 .3rem .5rem;padding-left:.7rem;border-left:3px solid var(--rule)}
@media (max-width:34rem){th,td{padding:.3rem .25rem}body{font-size:15px;margin:1rem auto}}
"""
_COUNTS = frozenset({"phi_leaked", "superseded_quoted"})
_LENGTHS = frozenset({"median_words"})


def html(result: Result) -> str:
    """The page. Questions and quotations in it are the suite's own, which holds no real person."""
    scores = [s.score for s in result.sat if s.score is not None]
    answered = [(s.confidence, s.right) for s in scores if s.answered]
    everything = [(s.confidence, s.answerable and s.right) for s in scores]
    verdict = "held" if result.held else "NOT held"
    parts = [
        f"<h1>{escape(result.suite.title)}</h1>",
        f'<p>{len(result.sat)} cases. The gates are <strong class="{_class(result.held)}">{verdict}</strong>.'
        f" Half of the answers came within {result.latency_ms[0]:.0f} ms, 95 % within"
        f" {result.latency_ms[1]:.0f} ms.</p>",
        _gates(result),
        _figures("Figures, with 95 % intervals", "figure", result.metrics),
        '<h2>Pictures</h2><div class="pictures">',
        reliability(answered),
        risk(everything),
        latency([s.ms for s in scores]),
        "</div>",
        _figures("Share of right outcomes by kind of question", "kind", result.kinds),
        _wrong(result.sat),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(result.suite.title)}: {verdict}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _class(held: bool) -> str:
    return "yes" if held else "no"


def _gates(result: Result) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(_words(g.gate.metric))}<small>{escape(g.gate.reason)}</small></th>"
        f'<td class="n">{"≥" if g.gate.op == ">=" else "≤"} {g.gate.threshold:g}</td>'
        f'<td class="n">{"not measured" if g.value is None else _number(g.gate.metric, g.value)}</td>'
        f'<td class="{_class(g.held)}">{"held" if g.held else "not held"}</td></tr>'
        for g in result.gates
    )
    head = '<tr><th scope=col>figure<th scope=col class="n">bound<th scope=col class="n">value<th scope=col>gate</tr>'
    return f"<h2>Gates</h2><table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _figures(title: str, what: str, metrics: dict[str, Metric]) -> str:
    rows = "".join(f"<tr><th scope=row>{escape(_words(n))}</th>{_cells(n, m)}</tr>" for n, m in metrics.items())
    columns = "".join(f'<th scope=col class="n">{name}' for name in ("value", "interval", "n"))
    head = f"<tr><th scope=col>{what}{columns}</tr>"
    return f"<h2>{escape(title)}</h2><table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _cells(name: str, metric: Metric) -> str:
    if not metric.n:
        return '<td colspan=2 class="n">not measured</td><td class="n">0</td>'
    known = metric.low == metric.high == metric.value  # a count or a probability has no interval
    interval = "" if known else f"{_number(name, metric.low)} – {_number(name, metric.high)}"
    cells = (_number(name, metric.value), interval, str(metric.n))
    return "".join(f'<td class="n">{cell}</td>' for cell in cells)


def _number(name: str, value: float) -> str:
    return f"{value:.0f}" if name in _COUNTS else f"{value:.1f}" if name in _LENGTHS else f"{value:.3f}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _wrong(sat: Sequence[Sat]) -> str:
    """Every case that was not right, in the order in which it matters."""
    crashed = [s for s in sat if s.score is None]
    wrong = [(s, s.score) for s in sat if s.score is not None and not s.score.right]
    groups = (
        ("Could not be scored", crashed),
        ("Answered, though there is no answer", [s for s, found in wrong if not found.answerable]),
        ("Answered otherwise", [s for s, found in wrong if found.answerable and found.answered]),
        ("Silent, though there is an answer", [s for s, found in wrong if found.answerable and not found.answered]),
    )
    parts = [f"<h3>{title} ({len(some)})</h3>" + "".join(_case(s) for s in some) for title, some in groups if some]
    return f"<h2>What went wrong ({len(crashed) + len(wrong)})</h2>" + ("".join(parts) or "<p>Nothing.</p>")


def _case(sat: Sat) -> str:
    got = sat.answer
    if sat.score is None:
        outcome = "could not be scored"
    elif got["abstained"]:
        outcome = f"silence ({got['reason']})"
    else:
        outcome = "an answer"
    quotes = "".join(f"<blockquote>{escape(sat.case.shown(str(s['text'])))}</blockquote>" for s in got["statements"])
    return (
        f"<details><summary>{escape(sat.case.id)}, {escape(_words(sat.case.kind))}:"
        f" {escape(sat.case.shown(sat.case.question))}</summary>"
        f"<p>Expected: {escape(_expectation(sat.case.expected))}</p>"
        f"<p>Got {escape(outcome)}, confidence {float(got['confidence']):.2f}.</p>{quotes}</details>"
    )


def _expectation(expected: Answer | Abstain) -> str:
    if isinstance(expected, Abstain):
        return "silence" + (f", reason {' or '.join(sorted(expected.reasons))}" if expected.reasons else "")
    groups = ["; or ".join(_place(p) for p in group) for group in expected.groups]
    wanted = " and ".join(groups)
    refused = "; ".join(_place(p) for p in expected.not_cited)
    return wanted + (f" but not {refused}" if refused else "")


def _place(place: Place) -> str:
    version = f" {place.version}" if place.version else ""
    page = f", page {place.page}" if place.page else ""
    return f"“{place.contains}” ({place.document}{version}{page})"
