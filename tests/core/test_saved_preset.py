"""Settings kept under a name: what is in them, that all come back, that strangers' files do no harm."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diffusion.solver import Solver
from core.diffusion.weight import Rescale, Weight
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest, Lora
from core.edit.saved_preset import GUIDANCE, SETTINGS, Presets, SavedPreset, read_preset
from core.errors import InputError
from tests.faults import KINDS, tried

MADE = EditRequest(
    photo="ab", query="a zebra", reference="a horse", avoid="a cow", seed=7, steps=23, change=0.65,
    solver=Solver.DDIM, guidance=Weight(curve=((0.0, 9.0), (1.0, 1.0))), rescale=Rescale.STD,
    find=MaskRequest(draws=3, threshold=0.7), model="/sd", loras=(Lora("/a.safetensors"),), area=(1, 2, 3, 4),
)  # fmt: skip
PLAIN = EditRequest(photo="", query="a dog", model="/other", seed=1)


def test_all_settings_come_over_and_nothing_of_the_picture_or_the_model():
    preset = SavedPreset.of(" My  way ", MADE, SETTINGS)
    now = SavedPreset.from_json(preset.to_json()).on(PLAIN)
    assert preset.name == "My way"
    assert {name: getattr(now, name) for name in SETTINGS} == {name: getattr(MADE, name) for name in SETTINGS}
    for name in set(EditRequest.__dataclass_fields__) - set(SETTINGS):
        assert getattr(now, name) == getattr(PLAIN, name), name


def test_guidance_alone_leaves_the_other_settings():
    preset = SavedPreset.of("curve", MADE, GUIDANCE)
    now = preset.on(PLAIN)
    assert preset.is_guidance
    assert not SavedPreset.of("all", MADE, SETTINGS).is_guidance
    assert now == PLAIN.with_(guidance=MADE.guidance, rescale=MADE.rescale)


def test_every_field_of_a_request_is_a_setting_or_left_out_on_purpose():
    left = {
        "photo", "query", "reference", "avoid", "mask", "seed", "kappa", "model", "device", "version",
        "blend", "loras", "area", "threads", "model_digest", "embeddings", "prediction",
        "zero_snr", "clip_skip", "vae", "remove",
    }  # fmt: skip
    assert left | set(SETTINGS) == set(EditRequest.__dataclass_fields__)


def test_a_folder_keeps_them_by_name(tmp_path):
    presets = Presets(tmp_path / "new")
    assert presets.all() == []
    for name, steps in (("b", 5), ("A", 6), ("b", 7)):
        presets.save(SavedPreset.of(name, MADE.with_(steps=steps), SETTINGS))
    assert [(one.name, one.values["steps"]) for one in presets.all()] == [("A", 6), ("b", 7)]
    presets.rename("b", " c ")
    presets.remove("A")
    presets.remove("nobody")
    assert [(one.name, one.values["steps"]) for one in Presets(tmp_path / "new").all()] == [("c", 7)]


@pytest.mark.parametrize("name", ["馬", "a/b", "../../x", "a" * 500, "con", "."])
def test_any_name_is_a_file_in_the_folder(tmp_path, name):
    presets = Presets(tmp_path / "presets")
    presets.save(SavedPreset.of(name, MADE, GUIDANCE))
    assert [one.name for one in presets.all()] == [name]
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "presets"]


def test_no_name_is_refused():
    with pytest.raises(InputError, match="needs a name"):
        SavedPreset.of("  ", MADE, GUIDANCE)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"{}", b'{"palimpsest_preset": 5, "name": 3, "settings": {}}',
        b'{"palimpsest_preset": 5, "name": "x", "settings": {"steps": -1}}',
        b'{"palimpsest_preset": 5, "name": "x", "settings": {"model": "/sd"}}',
        b'{"palimpsest_preset": 99, "name": "x", "settings": {}}', b"\xff\xfe\x00", b"[" * 100_000,
    ],
)  # fmt: skip
def test_strangers_files_are_refused_with_a_sentence_and_left_out(tmp_path, data):
    file = tmp_path / "x.palimpsest-preset.json"
    file.write_bytes(data)
    with pytest.raises(InputError):
        read_preset(file)
    presets = Presets(tmp_path)
    presets.save(SavedPreset.of("mine", MADE, GUIDANCE))
    assert [one.name for one in presets.all()] == ["mine"]
    assert file.read_bytes() == data


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*SETTINGS, "model", "seed"]), anything, max_size=3))
def test_whatever_a_preset_says_it_is_used_or_refused(values):
    text = json.dumps({"palimpsest_preset": 5, "name": "x", "settings": values})
    try:
        preset = SavedPreset.from_json(text)
    except InputError:
        return
    preset.on(PLAIN)


def test_a_preset_of_an_earlier_version_is_read_with_the_values_of_then():
    text = '{"palimpsest_preset": 1, "name": "old", "settings": {"find": {"draws": 4}}}'
    now = SavedPreset.from_json(text).on(PLAIN)
    assert (now.find.draws, now.find.snap, now.find.strength) == (4, False, 0.5)
    assert now.steps == PLAIN.steps


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_fault_while_saving_loses_no_preset(tmp_path, kind):
    def save(folder, steps):
        Presets(folder).save(SavedPreset.of("mine", MADE.with_(steps=steps), SETTINGS))

    for run in tried(tmp_path, lambda folder: save(folder, 5), lambda folder: save(folder, 23), kind):
        kept = [one.values["steps"] for one in Presets(run.folder).all()]
        assert kept in ([5], [23]), run.struck
        assert not run.strays
