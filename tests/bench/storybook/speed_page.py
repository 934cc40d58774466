"""The speed section of docs/results.md, from the figures alone."""

from tests.bench import results
from tests.bench.results import Figures


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    used, scored = figures["memory"], figures["scores"]
    told = {side: f"{row['right']:.1%}, {row['psnr']:.2f} dB" for side, row in scored.items()}
    parts = [
        "## Speed",
        f"Against diffusers' deprecated DiffEdit pipeline, the sides taking turns: {figures['edits']} "
        f"Storybook edits, {figures['rounds']} rounds: mean evaluations, median seconds; ratios pair by "
        "pair, with their range. A second edit asks for something else in the same photo.",
        results.table(("", "evaluations", "seconds", "times faster"), _sides(figures)),
        f"Aims at the defaults: a first edit ≥ 3 times faster (reached: {figures['first_edit_ratio']:.2f}), "
        f"a second ≥ 8 times ({figures['second_edit_ratio']:.2f}), at an equal or better score. The score, "
        f"right subjects and PSNR inside the region over {scored['ours']['edits']} edits: Palimpsest "
        f"{told['ours']}; diffusers {told['peer']}.",
        f"A first edit takes {figures['overhead']:.1%} more than the network alone takes of it at 50 steps "
        f"(aim: under 10 %), {figures['rows']['same_steps']['own_overhead']:.1%} more than these with the "
        "VAE and the text encoder"
        + _large_overhead(figures)
        + f". Peak memory of a process with one edit: {used['ours']:.0f} MB, "
        + f"diffusers {used['peer']:.0f} MB.",
        f"Loading the model takes {figures['loading']['load']:.2f} s once torch is imported (aim: under "
        f"1.5), and {figures['loading']['imports']:.2f} s before it for the modules of diffusers and "
        "transformers. An edit at the defaults by the starter's large size (256 px, here untrained) takes "
        f"{figures['large_starter']:.1f} s on {figures['made']['machine']['cores']} cores (aim: under 20).",
        results.origin(figures),
    ]
    return "\n\n".join(parts)


def _large_overhead(figures: Figures) -> str:
    if "large" not in figures:
        return ""
    large = figures["large"]
    return (
        f"; at Stable Diffusion 1.5's size and 5 steps {large['overhead']:.1%} more than the evaluations, "
        f"most of it the VAE's, and {large['own_overhead']:.1%} more than all that the model's parts take "
        "(aim: under 3 %)"
    )


def _sides(figures: Figures) -> list[tuple[str, ...]]:
    titles = {"50 steps both": "same_steps", "own defaults": "defaults"}
    rows = {title: figures["rows"][name] for title, name in titles.items()}
    if "large" in figures:
        rows[f"SD 1.5's size at {figures['large']['pixels']} px, 5 steps and 1 draw both"] = figures["large"]
    found: list[tuple[str, ...]] = []
    for title, row in rows.items():
        cost, seconds = row["evaluations"], row["seconds"]
        found.append((f"{title}: diffusers", f"{cost['peer']:g}", f"{seconds['peer']:.2f}", "1"))
        for side in ("first", "second"):
            low, high = row["spread"][side]
            ratio = f"{row[f'{side}_edit_ratio']:.2f} ({low:.2f} to {high:.2f})"
            found.append(
                (f"{title}: Palimpsest, {side} edit", f"{cost[side]:g}", f"{seconds[side]:.2f}", ratio)
            )
    return found
