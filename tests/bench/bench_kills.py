"""A hundred kills at random moments of a journey: is all that was acknowledged there at the next start?

make bench-kills [ARGS="--kills 20 --seed 3"]
"""

import argparse
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.bench.course import Course
from tests.flow.desk import Desk, missing
from tests.flow.kills import Moment, Outcome, run


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    if missing():
        print(f"needs a screen: {', '.join(missing())} not installed", file=sys.stderr)
        return 1
    dice, desk, outcomes = random.Random(chosen.seed), Desk(), list[Outcome]()
    moments = [Moment.drawn(dice) for _ in range(chosen.kills)]
    with tempfile.TemporaryDirectory() as folder, Course({"kills": 20 * chosen.kills}) as course:
        course.part("kills", chosen.kills)
        for number, moment in enumerate(moments):
            outcomes.append(run(desk, Path(folder) / str(number), moment))
            course.figures[f"kill {number + 1}"] = asdict(outcomes[-1])
            course.step()
    desk.close()
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    inside = sum(outcome.moment.write > 0 for outcome in outcomes)
    offered = sum(outcome.offered for outcome in outcomes)
    print(
        f"{len(outcomes)} kills, {inside} inside a write; {offered} starts offered work; {len(wrong)} wrong"
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
