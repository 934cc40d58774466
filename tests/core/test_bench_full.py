"""The bench of full-sized networks: small files are opened and asked as those are."""

import math

import pytest

from core.models.files.header import read_header
from core.models.files.packed import Packed
from tests.bench.bench_full import Meter, numbers, opened_and_asked, text
from tests.bench.full.networks import NETWORKS
from tests.bench.full.written import write


@pytest.mark.parametrize("name", ["SD 3.5 medium", "SDXL", "Z-Image", "Chroma", "Qwen-Image"])
def test_a_network_is_written_opened_and_asked(name, tmp_path):
    network = NETWORKS[name]
    shapes, ticks, own = network.shapes(small=True), [], Packed.widened
    network.beside(tmp_path, network.configured(small=True))
    held = write(tmp_path / network.file, shapes, network.form, lambda: ticks.append(1))
    assert len(ticks) == len(shapes)
    if network.form == "F8_E4M3":
        assert numbers(shapes) <= read_header(tmp_path / network.file).numbers < held
    with Meter() as meter:
        told = opened_and_asked(network, tmp_path / network.file, meter, small=True)
    assert Packed.widened is own
    assert told["ask"]["processor"] > told["ask"]["widening"] > 0
    assert 0 < told["held"] < 4 * numbers(shapes)
    assert math.isfinite(told["open"]["peak"])


def test_the_published_sizes_are_written():
    expected = {"SD 3.5 medium": 2.47}  # with its VAE
    expected |= {"FLUX.2 klein 4B": 3.88, "Z-Image": 6.15, "FLUX.1 dev": 11.9, "Qwen-Image": 20.43}
    told = {name: numbers(NETWORKS[name].shapes(small=False)) / 1e9 for name in expected}
    assert told == pytest.approx(expected, rel=0.01)


def test_a_network_that_wants_too_much_has_a_line_all_the_same():
    told = {"numbers": 2e9, "form": "Q4_K", "file": 1e9, "failed": "takes more than 3.00 GB"}
    made = {"command": "", "commit": "", "changed_since": False, "weights": None, "date": "", "minutes": 1.0}
    made |= {"machine": {"processor": "", "cores": 1}, "versions": {"torch": "", "diffusers": ""}}
    page = text({"families": {"Z-Image": told}, "note": "Shared.", "made": made})
    assert f"| Z-Image | 2.00 · 10⁹ | Q4_K | 1.00 |{' — |' * 6} takes more than 3.00 GB |" in page
    assert "Shared." in page
