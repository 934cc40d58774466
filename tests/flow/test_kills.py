"""Whatever was acknowledged is there after a kill, whenever it comes. (All 100: `make bench-kills`.)"""

import pytest

from tests.flow.kills import Moment, run

MOMENTS = {
    "in a write": Moment(4, 0, 2),
    "after saving, with variants over the picture": Moment(10, 3.0, 0),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_killed_program_has_its_work_at_the_next_start(desk, tmp_path, moment):
    outcome = run(desk, tmp_path / "run", moment)
    assert outcome.wrong == ""
    assert outcome.offered
    assert outcome.kept > 3
    assert outcome.project is (moment is MOMENTS["after saving, with variants over the picture"])
