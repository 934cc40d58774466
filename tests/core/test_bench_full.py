"""The bench of full-sized networks: small files are opened and asked as those are."""

import json
import math
from types import SimpleNamespace

import pytest
import torch

from core.models import load as loading
from core.models.files.header import read_header
from core.models.files.packed import Packed
from core.models.memory.device import Placement
from tests.bench import results
from tests.bench.bench_full import Meter, before, limit, numbers, opened_and_asked, text
from tests.bench.full.networks import NETWORKS
from tests.bench.full.written import write
from tests.core.small_card import CARD


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
        told = opened_and_asked(network, tmp_path / network.file, meter, "cpu", 64, small=True)
    assert Packed.widened is own
    assert told["ask"]["processor"] > told["ask"]["widening"] > 0
    assert 0 < told["held"] < 4 * numbers(shapes)
    assert math.isfinite(told["open"]["peak"])
    assert told["taken"] == []


def test_the_published_sizes_are_written():
    expected = {"FLUX.2 klein 4B": 3.88, "Z-Image": 6.15}
    told = {name: numbers(NETWORKS[name].shapes(small=False)) / 1e9 for name in expected}
    assert told == pytest.approx(expected, rel=0.01)


def test_a_network_that_wants_too_much_has_a_line_all_the_same():
    told = {"numbers": 2e9, "form": "Q4_K", "file": 1e9, "failed": "takes more than 3.00 GB"}
    made = {"command": "", "commit": "", "changed_since": False, "weights": None, "date": "", "minutes": 1.0}
    made |= {"machine": {"processor": "", "cores": 1}, "versions": {"torch": "", "diffusers": ""}}
    figures = {"families": {"Z-Image": told}, "note": "Shared.", "made": made}
    page = text({**figures, "at": {"card": "", "side": 256, "limit": 0}})
    assert f"| Z-Image | 2.00 · 10⁹ | Q4_K | 1.00 |{' — |' * 6} takes more than 3.00 GB |" in page
    assert "for a picture of 256 pixels on the processor, in single precision." in page
    assert "Shared." in page
    page = text({**figures, "at": {"card": "A card", "side": 1024, "limit": 8.0}})
    assert f"| Z-Image | 2.00 · 10⁹ | Q4_K | 1.00 |{' — |' * 8} takes more than 3.00 GB |" in page
    assert "1024 pixels on A card, of which 8 GB were given to it, in half precision." in page


def test_a_smaller_card_is_one_for_torch_and_for_what_the_program_decides(monkeypatch, tmp_path, counted):
    """Its network has more bytes than that card: its layers go there in turn."""
    given = []
    whole = SimpleNamespace(total_memory=100_000)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: whole)
    monkeypatch.setattr("torch.cuda.set_per_process_memory_fraction", given.append)
    monkeypatch.setattr("core.models.load.place", loading.place)  # put back afterwards
    card = Placement(CARD, torch.float32, torch.float32, batch=4, memory=whole.total_memory)
    monkeypatch.setattr("tests.bench.bench_full.place", lambda _device, *, wide: card)
    network = NETWORKS["SDXL"]
    network.beside(tmp_path, network.configured(small=True))
    write(tmp_path / network.file, network.shapes(small=True), network.form, lambda: None)
    limit(1000)
    with Meter() as meter:
        told = opened_and_asked(network, tmp_path / network.file, meter, "cuda", 64, small=True)
    assert given == [0.01]
    assert told["taken"] == ["offloaded", "streamed"]
    assert counted.all > told["held"] > 1000  # all of its layers, at both evaluations


def test_families_measured_otherwise_are_not_published_in_one_table(monkeypatch, tmp_path):
    at = {"card": "", "side": 256, "limit": 0}
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    assert before("full", at) == {}
    (tmp_path / "full.json").write_text(json.dumps({"families": {"SDXL": 1}, "at": at}))
    assert before("full", at) == {"SDXL": 1}
    assert before("full", {**at, "side": 1024}) == {}
