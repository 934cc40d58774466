"""Settings that tell when they are set otherwise."""

from editor.observed import Observable, Observed


class Lamp(Observable):
    bright = Observed(0.5)
    lit = Observed(False)


def test_what_is_set_is_that_lamp_s_and_told_once(qtbot):
    one, other, told = Lamp(), Lamp(), []
    one.changed.connect(lambda: told.append((one.bright, one.lit)))
    one.bright = 0.5
    assert told == []
    one.bright = 1.0
    one.lit = True
    one.lit = True
    assert told == [(1.0, False), (1.0, True)]
    assert (other.bright, other.lit) == (0.5, False)
