"""A result as one self-contained page: gates, figures, pictures, and every case that went wrong."""

from __future__ import annotations

from html import escape

from preceptor.evals.cases import Abstain, Answer, Place
from preceptor.evals.plots import latency, reliability, risk
from preceptor.evals.sitting import Result, Sat
from preceptor.evals.statistics import Metric

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.35rem .6rem;
border-bottom:1px solid #c9d1d9;vertical-align:top}caption{text-align:left;font-weight:600;padding:.4rem 0}
.no{color:#a40e26;font-weight:600}.yes{color:#116329;font-weight:600}figure{display:inline-block;margin:0 1rem 1rem 0;
width:min(100%,22rem)}svg{width:100%;font-size:11px}.axis{fill:none;stroke:#57606a}.line{fill:none;stroke:#0550ae;
stroke-width:2}.dashed{fill:none;stroke:#57606a;stroke-dasharray:4 4}.mark{fill:#0550ae}
details{border-bottom:1px solid #c9d1d9;padding:.4rem 0}summary{cursor:pointer}blockquote{margin:.3rem 0 .3rem 1rem}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td,details{border-color:#3d444d}
.no{color:#ff8b93}.yes{color:#6bd58a}.line{stroke:#79b8ff}.mark{fill:#79b8ff}svg text{fill:#e6edf3}}
"""


def html(result: Result) -> str:
    """The page. Questions and quotations in it are the suite's own, which holds no real person."""
    scores = [s.score for s in result.sat if s.score is not None]
    answered = [(s.confidence, s.right) for s in scores if s.answered]
    everything = [(s.confidence, s.answerable and s.right) for s in scores]
    verdict = "held" if result.held else "NOT held"
    failed = [s for s in result.sat if s.score is None or not s.score.right]
    parts = [
        f"<h1>{escape(result.suite.title)}</h1>",
        f'<p>{len(result.sat)} cases. The gates are <strong class="{_class(result.held)}">{verdict}</strong>.'
        f" Half of the answers came within {result.latency_ms[0]:.0f} ms, 95 % within"
        f" {result.latency_ms[1]:.0f} ms.</p>",
        _gates(result),
        _figures("Figures, with 95 % intervals", result.metrics),
        "<h2>Pictures</h2>",
        reliability(answered),
        risk(everything),
        latency([s.ms for s in scores]),
        _figures("Share of right outcomes by kind of question", result.kinds),
        f"<h2>What went wrong ({len(failed)})</h2>",
        "".join(_case(s) for s in failed) or "<p>Nothing.</p>",
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
        f"<tr><th scope=row>{escape(_words(g.gate.metric))}</th><td>{g.gate.op} {g.gate.threshold:g}</td>"
        f"<td>{'not measured' if g.value is None else f'{g.value:.3f}'}</td>"
        f'<td class="{_class(g.held)}">{"held" if g.held else "not held"}</td><td>{escape(g.gate.reason)}</td></tr>'
        for g in result.gates
    )
    head = "<tr><th scope=col>figure<th scope=col>bound<th scope=col>value<th scope=col>gate<th scope=col>why</tr>"
    return f"<table><caption>Gates</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _figures(title: str, metrics: dict[str, Metric]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(_words(name))}</th>"
        + (
            f"<td>{m.value:.3f}</td><td>{m.low:.3f} to {m.high:.3f}</td><td>{m.n}</td></tr>"
            if m.n
            else "<td colspan=2>not measured</td><td>0</td></tr>"
        )
        for name, m in metrics.items()
    )
    head = "<tr><th scope=col>figure<th scope=col>value<th scope=col>interval<th scope=col>n</tr>"
    return f"<table><caption>{escape(title)}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _case(sat: Sat) -> str:
    got = sat.answer
    if sat.score is None:
        outcome = "could not be scored"
    elif got["abstained"]:
        outcome = f"silence ({got['reason']})"
    else:
        outcome = "an answer"
    quotes = "".join(f"<blockquote>{escape(str(s['text']))}</blockquote>" for s in got["statements"])
    return (
        f"<details><summary>{escape(sat.case.id)}, {escape(_words(sat.case.kind))}:"
        f" {escape(sat.case.question)}</summary>"
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
