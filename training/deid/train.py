"""Train the tagger of names and places: `python -m training.deid.train` writes its weights, `--measure` measures it.

The measure holds a third of the templates back, learns from the others, and counts words of the held-back ones; the
weights that are written are learned from all templates.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from preceptor.deid.name_runs import Page, read_page
from preceptor.deid.tagger import LIMIT, SCALE, Voter, Weights, first_opinion, joined, pack_weights, weigh
from preceptor.deid.tagger_features import NAMES, PLACES, SAFE, Known, Sight, beside, features, known, look
from training.deid.corpus import Example, documents, is_negative, templates
from training.deid.learn import Plan, learn
from training.deid.noise import STYLES, draw_style, reworded, styled

DATA = Path(__file__).parents[2] / "src" / "preceptor" / "deid" / "data"
TURNS = 40
"""Documents made of each template; twice as many of those without identifiers."""
HIDDEN_NAMES, HIDDEN_WORDS = 0.35, 0.05
"""Shares of the names and places, and of the other words, that no list knows while learning."""
LEAST_WEIGHT = 4
"""A feature whose stored weights are all smaller is dropped."""
_NUMBER = {"NAME": 1, "GEO": 2}

Fitted = dict[str, tuple[int, int]]
"""Feature → its weights for NAME and for GEO in one vote."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One document as the tagger sees it: its template, the label of every token (0 neither), and their features."""

    template: int
    sight: Sight
    labels: Sequence[int]
    rows: Sequence[list[str]]


def labels(page: Page, example: Example) -> list[int]:
    """The label of every token of the page."""
    found, spans = [0] * len(page.tokens), [span for span in example.spans if span[2] in _NUMBER]
    for at, token in enumerate(page.tokens):
        while spans and spans[0][1] <= token.start:
            spans.pop(0)
        if spans and spans[0][0] <= token.start:
            found[at] = _NUMBER[spans[0][2]]
    return found


def hiding(page: Page, truth: Sequence[int], rng: random.Random, names: float, words: float) -> Known:
    """What the lists say, less what is hidden: a share of the names and places and a share of the other words."""
    of_names = {token.lower for token, label in zip(page.tokens, truth, strict=True) if label}
    hidden = {word for word in sorted(of_names) if rng.random() < names}
    others = {token.lower for token in page.tokens} - of_names
    unknown = {word for word in sorted(others) if rng.random() < words}

    def said(word: str) -> int:
        if word in hidden or (" " in word and not hidden.isdisjoint(word.split(" "))):
            return known(word) & ~(NAMES | PLACES)
        return known(word) & ~SAFE if word in unknown else known(word)

    return said


def samples(chosen: Sequence[str], seed: int) -> list[Sample]:
    """Documents of the chosen templates, made harder; those without identifiers twice as often."""
    negative = [at for at, template in enumerate(chosen) if is_negative(template)]
    made = [*documents(seed, TURNS * len(chosen), chosen)]
    more = documents(seed + 1, TURNS * len(negative), [chosen[at] for at in negative])
    made += [replace(one, template=negative[one.template]) for one in more]
    rng = random.Random(seed)  # noqa: S311 - invented text, and it must repeat
    found: list[Sample] = []
    for example in made:
        harder = styled(reworded(example, rng, rng.choice((0.0, 0.2, 0.5))), draw_style(rng), rng)
        page = read_page(harder.text)
        truth = labels(page, harder)
        sight = look(page, hiding(page, truth, rng, HIDDEN_NAMES, HIDDEN_WORDS))
        found.append(Sample(example.template, sight, truth, [features(sight, at) for at in range(len(truth))]))
    return found


def fit(found: Iterable[Sample], plan: Plan) -> Fitted:
    """The weights learned from the samples."""
    found = list(found)
    sources: dict[str, int] = {}
    for sample in found:
        for name in chain.from_iterable(sample.rows):
            # The template that showed the feature, or -1 when a second one did.
            if sources.setdefault(name, sample.template) != sample.template:
                sources[name] = -1
    numbers = {name: at for at, name in enumerate(sorted(name for name, source in sources.items() if source < 0))}
    rows = [[numbers[name] for name in row if name in numbers] for sample in found for row in sample.rows]
    learned = learn(rows, [label for sample in found for label in sample.labels], len(numbers), plan)
    out: Fitted = {}
    for name, at in numbers.items():
        neither, as_name, as_geo = learned[at]
        pair = _stored(float(as_name - neither)), _stored(float(as_geo - neither))
        if max(map(abs, pair)) >= LEAST_WEIGHT:
            out[name] = pair
    return out


def _stored(weight: float) -> int:
    return max(-LIMIT, min(LIMIT, round(SCALE * weight)))


def together(first: Fitted, again: Fitted) -> Weights:
    """The weights of both votes in one table."""
    names = first.keys() | again.keys()
    return {name: joined(*first.get(name, (0, 0)), *again.get(name, (0, 0))) for name in names}


def second(sample: Sample, first: Weights) -> Sample:
    """The sample with what the first votes on the neighbours add."""
    said = ["|", *(first_opinion(weigh(row, first)) for row in sample.rows), "|"]
    rows = [row + beside(sample.sight, at, said[at], said[at + 2]) for at, row in enumerate(sample.rows)]
    return replace(sample, rows=rows)


def train(chosen: Sequence[str], seed: int, plan: Plan) -> Weights:
    """The weights learned from the chosen templates.

    The first votes that the second one learns from are cast on templates their weights were not learned from.
    """
    found = samples(chosen, seed)
    again: list[Sample] = []
    for part in (0, 1):
        first = together(fit((one for one in found if one.template % 2 != part), plan), {})
        again += [second(one, first) for one in found if one.template % 2 == part]
    return together(fit(found, plan), fit(again, plan))


def halves(all_templates: Sequence[str]) -> tuple[list[str], list[str]]:
    """The templates to learn from, two thirds, and those held back."""
    order = list(all_templates)
    random.Random(11).shuffle(order)  # noqa: S311 - a split that must repeat
    return order[len(order) // 3 :], order[: len(order) // 3]


def measure(weights: Weights, held: Sequence[str], style: str, *, listed: bool) -> str:
    """Precision and recall of words by label in one style; `listed` is whether the lists know the names."""
    rng = random.Random(3)  # noqa: S311 - invented text, and it must repeat
    hits, counts = Counter[str](), Counter[str]()
    bins: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for example in documents(101, 6 * len(held), held):
        harder = styled(example, style, rng)
        page = read_page(harder.text)
        truth = labels(page, harder)
        voter = Voter(look(page, hiding(page, truth, rng, 0.0 if listed else 1.0, 0.0)), weights, {}, {})
        for at, label in enumerate(truth):
            score = voter.vote(at)
            counts[f"truth{label}"] += 1
            for threshold in (50, 80):
                said = 1 if score[0] * 100 >= threshold else 2 if score[1] * 100 >= threshold else 0
                counts[f"said{threshold}{said}"] += 1
                hits[f"{threshold}{said}"] += said == label
                hits[f"any{threshold}"] += bool(said and label)
            cell = bins[int(sum(score) * 5)]
            cell[0] += 1
            cell[1] += bool(label)
    lines = [f"{style:7} {'listed' if listed else 'hidden'} n={sum(counts[f'truth{k}'] for k in range(3))}"]
    for threshold in (50, 80):
        for name, k in _NUMBER.items():
            exact, said, true = hits[f"{threshold}{k}"], counts[f"said{threshold}{k}"], counts[f"truth{k}"]
            lines.append(f"{name}@.{threshold} P {exact / max(said, 1):.3f} R {exact / max(true, 1):.3f}")
        both = hits[f"any{threshold}"] / max(counts["truth1"] + counts["truth2"], 1)
        lines.append(f"either@.{threshold} R {both:.3f}")
    lines.append(
        "share true by P: " + " ".join(f"{b / 5:.1f}:{hit / n:.2f}({n})" for b, (n, hit) in sorted(bins.items()))
    )
    return " | ".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Write the weights, or with `--measure` print what the held-back templates show."""
    plan = Plan()
    if "--measure" in arguments:
        kept, held = halves(templates())
        weights = train(kept, 1, plan)
        sys.stdout.write(f"{len(kept)} templates learned, {len(held)} held back, {len(weights)} features\n")
        for style in STYLES:
            for listed in (True, False):
                sys.stdout.write(measure(weights, held, style, listed=listed) + "\n")
        return
    weights = train(templates(), 1, plan)
    data = pack_weights(weights)
    (DATA / "tagger.txt.z").write_bytes(data)
    sys.stdout.write(f"{len(weights)} features, {len(data)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
