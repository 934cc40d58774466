"""The speed section of docs/results.md, from the figures alone."""

from collections.abc import Mapping, Sequence

from tests.bench import results
from tests.bench.results import Figures

FIRST, SECOND = 6.0, 12.0  # times as fast as the peer, at 512 pixels
OUTSIDE = {"512 px": 0.15, "24 megapixels": 0.25}  # of an edit's time, what the network doesn't take
READY = 4.0  # seconds of the processor
PLANS = {"defaults": "own defaults", "same_steps": "50 steps and 0.8 both"}


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    used, ready, loading = figures["memory"], figures["ready"], figures["loading"]
    cores = figures["made"]["machine"]["cores"]
    parts = [
        "## Speed",
        results.table(("aim, at the defaults", "reached", "met", "what holds it back"), aims(figures)),
        "Against diffusers' deprecated DiffEdit pipeline, the sides taking turns: "
        f"{figures['edits']} Storybook pages of the model's own size and the README's sample of 512, "
        f"{figures['rounds']} rounds. Evaluations are means, seconds medians, by the clock and of the "
        "processor; ratios go pair by pair, by the clock with their range, and by the processor's time. The "
        "pipeline has the sample reduced to the model's size and enlarges what it drew. A second edit asks "
        "for something else in the same photo.",
        results.table(
            ("", "evaluations", "seconds", "processor", "times faster", "by processor"), _sides(figures)
        ),
        "The engine's edits by the model's own ways; the sample enlarged, in an area round the mask "
        "(`--area auto`). Outside the network: what of a first edit's time the U-Net doesn't take, and what "
        "the VAE and the text encoder don't take either.",
        results.table(
            (
                "",
                "first edit, s",
                "processor",
                "second, s",
                "processor",
                "outside the network",
                "nor VAE and texts",
            ),
            _alone(figures),
        ),
        f"Ready from a standing start after {ready['wall']:.1f} s, {ready['processor']:.2f} s of the "
        f"processor: PyTorch {loading['torch']:.2f}, the modules of diffusers, transformers and the engine "
        f"{loading['imports']:.2f}, the model itself {loading['load']:.2f}. Peak memory of a process with "
        f"one edit: {used['ours']:.0f} MB, diffusers {used['peer']:.0f} MB. An edit at the defaults by the "
        f"starter's large size (256 px, here untrained) takes {figures['large_starter']:.1f} s on {cores} "
        "cores (aim: under 20)." + _large(figures),
        results.origin(figures),
    ]
    return "\n\n".join(parts)


def said(name: str, row: Figures) -> str:
    """A row as it is measured."""
    line = f"{name}: first {row['first']['wall']:.2f} s, second {row['second']['wall']:.2f} s"
    if "first_ratio" in row:
        line += f", {row['first_ratio']:.2f} and {row['second_ratio']:.2f} times as fast"
    return f"{line}, outside the network {row['outside']:.1%}"


def aims(figures: Figures) -> list[tuple[str, ...]]:
    """Each aim, what was reached, whether it is met, and of a miss its reason in figures."""
    sample, scored = figures["rows"]["512 px"]["defaults"], figures["scores"]
    right, psnr = ({side: row[key] for side, row in scored.items()} for key in ("right", "psnr"))
    strict = {side: row["strict"] for side, row in scored.items()}
    better = all(one["ours"] >= one["peer"] for one in (right, strict, psnr))
    reached = "; ".join(
        f"{side} {right[key]:.1%}, nearest {strict[key]:.1%}, {psnr[key]:.2f} dB"
        for key, side in (("ours", "Palimpsest"), ("peer", "diffusers"))
    )
    rows = [
        _aim(
            f"{number} edit at 512 px ≥ {aim:g} × as fast",
            f"{ratio:.2f} ×",
            ratio >= aim,
            _slow(sample, which),
        )
        for which, number, aim, ratio in (
            ("first", "a first", FIRST, sample["first_ratio"]),
            ("second", "a second", SECOND, sample["second_ratio"]),
        )
    ]
    rows.append(
        _aim(f"at an equal or better score ({scored['ours']['edits']} pages)", reached, better, "the score")
    )
    for name, most in OUTSIDE.items():
        row = sample if name in figures["rows"] else figures["alone"][name]
        rows.append(
            _aim(
                f"outside the network at {name} ≤ {most:.0%}",
                f"{row['outside']:.1%}",
                row["outside"] <= most,
                _where(row),
            )
        )
    processor, parts = figures["ready"]["processor"], figures["loading"]
    dearest = max(parts, key=lambda part: parts[part])
    why = f"{parts[dearest]:.2f} s are of “{dearest}”, {parts['torch']:.2f} s of PyTorch alone"
    rows.append(
        _aim(f"model ready ≤ {READY:g} s of the processor", f"{processor:.2f} s", processor <= READY, why)
    )
    return rows


def _aim(what: str, reached: str, met: bool, why: str) -> tuple[str, ...]:
    return what, reached, "yes" if met else "**no**", "" if met else why


def _slow(row: Figures, which: str) -> str:
    """What a ratio is made of: so many evaluations against so many, and what isn't the network's."""
    theirs, ours = row["peer"]["evaluations"], row[which]["evaluations"]
    share = f"{row['outside']:.0%} of a first edit lie outside the network"
    return f"{theirs:g} evaluations against {ours:g}; {share}"


def _where(row: Figures) -> str:
    """Outside the network, by stage, the longest first."""
    longest = sorted(row["by_stage"].items(), key=lambda stage: -stage[1])[:3]
    return ", ".join(f"{1000 * taken:.0f} ms {stage}" for stage, taken in longest)


def _sides(figures: Figures) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for plan, title in PLANS.items():
        for name, plans in figures["rows"].items():
            found += _compared(f"{name}, {title}", plans[plan])
    if "large" in figures:
        title = f"SD 1.5's size at {figures['large']['pixels']} px, 5 steps and 1 draw both"
        found += _compared(title, figures["large"])
    return found


def _compared(title: str, row: Figures) -> list[tuple[str, ...]]:
    rows = [(f"{title}: diffusers", *_cost(row["peer"]), "1", "1")]
    for side in ("first", "second"):
        low, high = row[f"{side}_range"]
        ratio = f"{row[f'{side}_ratio']:.2f} ({low:.2f} to {high:.2f})"
        processor = f"{row[f'{side}_ratio_of_processor']:.2f}"
        rows.append((f"{title}: Palimpsest, {side} edit", *_cost(row[side]), ratio, processor))
    return rows


def _cost(row: Figures) -> Sequence[str]:
    return f"{row['evaluations']:g}", f"{row['wall']:.2f}", f"{row['processor']:.2f}"


def _alone(figures: Figures) -> list[tuple[str, ...]]:
    rows: Mapping[str, Figures] = {name: plans["defaults"] for name, plans in figures["rows"].items()}
    return [
        (
            name,
            *(f"{row[side][of]:.2f}" for side in ("first", "second") for of in ("wall", "processor")),
            f"{row['outside']:.1%}",
            f"{row['own']:.1%}",
        )
        for name, row in {**rows, **figures["alone"]}.items()
    ]


def _large(figures: Figures) -> str:
    if "large" not in figures:
        return ""
    large = figures["large"]
    return (
        f" At Stable Diffusion 1.5's size and 5 steps {large['outside']:.1%} of a first edit lie outside the "
        f"network, most of it the VAE's; {large['own']:.1%} outside all of the model (aim: under 3 %)."
    )
