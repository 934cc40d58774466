"""A model's own ways: who says what, in which order, and what the command line and recipes make of it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli
from core.diffusion.solver import Solver
from core.diffusion.weight import Weight
from core.edit.engine import Engine
from core.edit.report import open_recipe
from core.edit.request import EditRequest, Lora
from core.errors import InputError
from core.models.card import ModelCard, card_of, tell, told_card, told_place
from core.models.catalog import describe, folder_of
from core.models.offered import shelf
from core.models.recognise.names import named_steps
from core.models.show import place_of
from core.models.ways import SaidBy, begun, notes, usual_of, ways_of
from tests.core.shaped import real_headers, shaped_file
from tests.core.test_recognise_places import gguf_file
from tests.core.tiny import titled_lora

BARE = EditRequest(photo="", query="a zebra")


@pytest.fixture
def model(tiny: Path, tmp_path: Path):
    """A model of such a name."""
    return lambda name: Path(shutil.copytree(tiny, tmp_path / name))


@pytest.mark.parametrize(
    ("name", "guidance", "steps"),
    [
        ("photo-turbo", 2.0, 8),
        ("photo_lightning_4step", 1.5, 4),
        ("photo-Hyper", 1.5, 8),
        ("photo_lcm", 1.5, 8),
        ("photo-dmd2", 1.0, 4),
        ("photo-8steps", 1.5, 8),
        ("photo_lightning_2step", 1.5, 4),
    ],
)
def test_a_distilled_model_is_known_by_its_name(model, name, guidance, steps):
    folder = model(name)
    ways = ways_of(str(folder))
    assert (ways.card.guidance, ways.card.steps) == (guidance, steps)
    assert ways.of("steps").source is SaidBy.DISTILLED
    assert ways.of("steps").by_name
    request = begun(BARE.with_(model=str(folder)), {})
    assert (request.guidance.scale, request.steps) == (guidance, steps)
    assert request.guidance.decay == BARE.guidance.decay
    (note,) = notes(request)
    assert note.startswith(f"{name} is distilled for few steps (by its name): ")
    assert f"--steps {steps}" in note or steps == 10


@pytest.mark.parametrize(
    ("header", "called", "title", "known"),
    [
        ("sdxl_lightning_4step", "sdxl_lightning_4step", "", (1.5, 4, True)),
        ("DreamShaperXL_Turbo_v2_1", "DreamShaperXL_Turbo_v2_1", "", (2.0, 8, True)),
        ("DreamShaperXL_Turbo_v2_1", "mine", "Some XL DMD2", (1.0, 4, False)),
        ("DreamShaperXL_Turbo_v2_1", "mine", "", None),
        ("z_image_turbo_bf16", "z_image_turbo_bf16", "", (1.0, 8, True)),
    ],
)
def test_real_files_are_known_by_name_or_by_header(tmp_path, header, called, title, known):
    shapes = {**real_headers()[header], "__metadata__": {"modelspec.title": title}}
    file = shaped_file(tmp_path / f"{called}.safetensors", shapes)
    ways = ways_of(str(file))
    if known is None:
        assert ways.starts == {}
    else:
        assert (ways.card.guidance, ways.card.steps, ways.of("steps").by_name) == known


def test_a_lora_is_known_by_its_header_too(tmp_path):
    file = titled_lora(tmp_path / "nothing.safetensors", "SD 1.5 LCM")
    by = ways_of("/nowhere", (Lora(file),)).of("steps")
    assert (by.source, by.by_name) == (SaidBy.LORA, False)


@pytest.mark.parametrize(
    ("name", "steps"), [("x-4step", 4), ("x_12_steps", 12), ("x", None), ("x 40 steps", None)]
)
def test_a_name_may_say_the_steps(name, steps):
    assert named_steps(name) == steps


def test_others_have_no_ways_of_their_own(model):
    for name in (str(model("photo")), str(model("hyperreal")), "/nowhere"):
        assert ways_of(name).starts == {}
        assert notes(BARE.with_(model=name)) == []


def test_the_starter_begins_with_what_its_card_says():
    starts = {"guidance.scale": 3.0, "guidance.decay": 0.0, "steps": 15, "change": 0.9}
    assert ways_of("starter").starts == starts
    assert ways_of("starter").of("guidance.decay").source is SaidBy.CARD
    request = begun(BARE.with_(model="starter"), {})
    assert (request.guidance, request.steps, request.change) == (Weight(3.0), 15, 0.9)
    assert notes(request) == [], "nothing is said of what ships with the program"
    given = begun(BARE.with_(model="starter"), {"guidance.interval": (0.0, 0.5), "guidance.scale": 5.0})
    assert given.guidance == Weight(5.0, interval=(0.0, 0.5))


def test_what_the_user_or_a_lora_says_for_the_starter_is_told(tmp_path):
    tell(folder_of("starter"), ModelCard(steps=12))
    lora = Lora(titled_lora(tmp_path / "lcm.safetensors"))
    request = begun(BARE.with_(model="starter", loras=(lora,)), {})
    assert notes(request) == [
        "You said of model: --steps 12, where nothing else is given.",
        "lcm is distilled for few steps (by its name): --time-shift 0.2, --pseudo-guidance on, where nothing "
        "else is given.",
    ]
    tell(folder_of("starter"), ModelCard())


def test_what_is_offered_says_its_usual_numbers_before_it_is_here():
    usual = {known.name: usual_of(known) for known in shelf().models}
    assert {name: (card.guidance, card.steps) for name, card in usual.items() if card != ModelCard()} == {
        "DreamShaper XL Turbo": (2.0, 8),
        "Z-Image-Turbo": (1.0, 8),
        "Z-Image": (5.0, 50),
        "FLUX.2 klein 4B": (1.0, 4),
        "FLUX.2 klein base 4B": (4.0, 50),
        "FLUX.1 schnell": (1.0, 4),
        "FLUX.1 dev": (3.5, 28),
        "FLUX.1 Krea dev": (4.5, 28),
        "Chroma1-HD": (3.0, 40),
        "Qwen-Image 2512": (4.0, 50),
    }


def test_who_comes_before_whom(model, tmp_path):
    """Each line adds one who speaks; the last one wins."""
    folder = model("photo-turbo")
    request = BARE.with_(model=str(folder))

    def steps(given=None):
        return begun(request, given or {}).steps

    assert BARE.steps == 10
    assert steps() == 8
    request = request.with_(loras=(Lora(titled_lora(tmp_path / "lcm_4step.safetensors")),))
    assert steps() == 4
    (folder / "palimpsest.json").write_text(json.dumps({"steps": 6}))
    assert steps() == 6
    tell(folder, ModelCard(steps=7))
    assert steps() == 7
    assert steps({"steps": 10}) == 10, "what the user sets wins, also where it is the program's default"
    assert begun(request, {}).guidance.scale == 1.5, "of what nobody else says the earlier word stands"


def test_a_curve_that_is_given_is_not_undone_by_the_model_s_guidance(model):
    curve = ((0.0, 3.0), (1.0, 1.0))
    request = begun(BARE.with_(model=str(model("photo-turbo"))), {"guidance.curve": curve})
    assert (request.guidance.curve, request.steps) == (curve, 8)


def test_a_lora_that_is_off_or_not_distilled_changes_nothing(tmp_path):
    plain, fast = titled_lora(tmp_path / "zebra.safetensors"), titled_lora(tmp_path / "lcm.safetensors")
    assert (
        ways_of(
            "/nowhere", (Lora(plain), Lora(fast, 0.0), Lora(str(tmp_path / "gone-lcm.safetensors")))
        ).starts
        == {}
    )
    starts = {"guidance.scale": 1.5, "steps": 8, "time_shift": 0.2, "pseudo_guidance": True}
    assert ways_of("/nowhere", (Lora(plain), Lora(fast, 0.7))).starts == starts


# -- cards


def test_what_is_said_is_kept_apart_from_the_model_and_taken_back(model):
    folder = model("photo")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    card = ModelCard(guidance=5.0, steps=30, solver=Solver.DDIM, change=0.6, mask_strength=0.7, clip_skip=2)
    tell(folder, card)
    assert told_card(folder) == card_of(folder) == card
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    tell(folder, ModelCard())
    assert not told_place(folder).exists()
    with pytest.raises(ValueError, match="steps must be in"):
        tell(folder, ModelCard(steps=0))


@pytest.mark.parametrize(
    "nonsense",
    ["{", "[]", '{"steps": "many"}', '{"steps": -1}', '{"prediction": "x0"}', '{"solver": "euler"}',
     '{"guidance": 1e9}', '{"prediction": "epsilon", "zero_snr": true}', "\x00"],
)  # fmt: skip
@pytest.mark.parametrize("beside", [True, False])
def test_a_card_of_nonsense_is_told_and_the_model_used_without_it(model, picture, nonsense, beside):
    folder = model("photo-turbo")
    path = folder / "palimpsest.json" if beside else told_place(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nonsense)
    request = begun(BARE.with_(model=str(folder), device="cpu"), {"steps": 2})
    assert request.guidance.scale == 2
    assert not describe(str(folder)).problem
    engine = Engine()
    (told,) = engine.load(str(folder), "cpu").notices
    assert "is damaged" in told, "before it runs"
    result = engine.run(request, picture, np.full(picture.shape[:2], 255, np.uint8))
    assert any("is damaged" in note and "used without it" in note for note in result.notices)


# -- the command line


@pytest.fixture
def photo(tmp_path, picture):
    path = tmp_path / "photo.png"
    Image.fromarray(picture).save(path)
    return path


def edited(photo, tmp_path, *options) -> tuple[EditRequest, bytes]:
    """The request of an edit of the whole picture, and what it drew."""
    report, mask, out = tmp_path / "out.json", tmp_path / "mask.png", tmp_path / "out.png"
    Image.new("L", (48, 40), 255).save(mask)
    files = [str(photo), "-o", str(out), "--mask", str(mask), "--report", str(report)]
    assert cli.main(["edit", *files, "--device", "cpu", *options]) == 0
    with Image.open(out) as image:
        drawn = image.tobytes()
    return open_recipe(report), drawn


def test_a_distilled_model_starts_with_its_own_and_its_recipe_repeats(model, photo, tmp_path, capsys):
    folder = model("photo-turbo")
    request, first = edited(photo, tmp_path, "--to", "a zebra", "--model", str(folder))
    assert (request.guidance.scale, request.steps) == (2.0, 8)
    assert (
        "photo-turbo is distilled for few steps (by its name): --guidance 2, --steps 8"
        in capsys.readouterr().err
    )
    recipe = shutil.copy(tmp_path / "out.json", tmp_path / "recipe.json")
    tell(folder, ModelCard(steps=3, guidance=9.0, clip_skip=2, prediction="v"))
    assert edited(photo, tmp_path, "--recipe", str(recipe)) == (request, first)


def test_what_is_given_wins_and_nothing_is_said_of_it(model, photo, tmp_path, capsys):
    folder = model("photo-turbo")
    words = "--to", "a zebra", "--model", str(folder), "--guidance", "3"
    words = *words, "--time-shift", "0", "--no-pseudo-guidance"
    request, _ = edited(photo, tmp_path, *words, "--steps", "10")
    assert (request.guidance.scale, request.steps) == (3.0, 10)
    assert "distilled" not in capsys.readouterr().err


def test_what_is_to_be_known_of_a_model_is_told_before_the_run_and_once(model, photo, tmp_path, capsys):
    folder = model("photo")
    (folder / "palimpsest.json").write_text("{")
    words = "--to", "a zebra", "--model", str(folder), "--steps", "2"
    edited(photo, tmp_path, *words)
    assert capsys.readouterr().err.count("The model is used without it.") == 1
    files = [str(photo), "-o", str(tmp_path / "found.png")]
    cli.main(["mask", *files, "--device", "cpu", "--from", "a horse", "--draws", "2", *words[:4]])
    assert capsys.readouterr().err.count("The model is used without it.") == 1


def test_a_card_is_said_written_out_and_read_in(model, tmp_path, capsys):
    one, other, out = model("one"), model("other"), tmp_path / "card.json"
    said = ["--set", "steps=8", "guidance=2.5", "--set", "clip-skip=2", "zero-snr=off", "solver=ddim"]
    assert cli.main(["models", "card", str(one), *said, "--export", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "steps:         8  (said by you)" in shown
    assert "kappa:         as its files or the program say" in shown
    assert json.loads(out.read_text()) == {
        "steps": 8, "guidance": 2.5, "clip_skip": 2, "zero_snr": False, "solver": "ddim"
    }  # fmt: skip
    assert cli.main(["models", "card", str(other), "--import", str(out), "--set", "steps=none"]) == 0
    assert card_of(other) == ModelCard(guidance=2.5, clip_skip=2, zero_snr=False, solver=Solver.DDIM)
    assert cli.main(["models", "card", str(other), "--reset"]) == 0
    assert card_of(other) == ModelCard()
    assert card_of(one).steps == 8


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--set", "steps=many"], "steps is a whole number"),
        (["--set", "steps=0"], "must be in"),
        (["--set", "seed=3"], "says nothing of a model"),
        (["--set", "steps"], "says nothing of a model"),
        (["--set", "prediction=epsilon", "zero-snr=on"], "goes with the prediction v"),
        (["--import", "gone.json"], "There is no card"),
    ],
)
def test_what_can_t_be_said_is_a_sentence_and_nothing_is_kept(model, capsys, words, says):
    folder = model("photo")
    assert cli.main(["models", "card", str(folder), *words]) == 2
    assert says in capsys.readouterr().err
    assert card_of(folder) == ModelCard()


def test_a_card_of_another_program_is_not_imported(model, tmp_path, capsys):
    (tmp_path / "other.json").write_text('{"name": "x"}')
    assert cli.main(["models", "card", str(model("photo")), "--import", str(tmp_path / "other.json")]) == 2
    assert "says nothing of a model" in capsys.readouterr().err


def test_an_unknown_model_has_no_card():
    with pytest.raises(InputError, match="no file, folder or model"):
        place_of("nowhere")


def constant(scale, steps):
    return {"guidance.scale": scale, "guidance.decay": 0.0, "steps": steps}


FAST = {"guidance.scale": 1.0, "steps": 4}


@pytest.mark.parametrize(
    ("header", "called", "starts"),
    [
        ("flux1-dev", "flux1-dev", constant(3.5, 28)),
        ("flux1-dev", "flux1-krea-dev", constant(4.5, 28)),
        ("flux1-dev", "flux1-dev-hyper-8steps", {"guidance.scale": 1.5, "steps": 8}),
        ("flux1-schnell", "flux1-schnell", FAST),
        ("flux-2-klein-4b", "flux-2-klein-4b", FAST),
        ("flux-2-klein-4b", "flux-2-klein-base-4b", constant(4.0, 50)),
        ("flux-2-klein-4b", "mine", constant(4.0, 50)),
        ("z_image_turbo_bf16", "z_image_bf16", constant(5.0, 50)),
        ("qwen_image_edit_2511_bf16", "qwen_image_2512_bf16", constant(4.0, 50)),
        ("qwen_image_edit_2511_bf16", "qwen_image_lightning_4steps", {"guidance.scale": 1.5, "steps": 4}),
    ],
)
def test_files_of_a_family_begin_with_its_own_numbers(tmp_path, header, called, starts):
    file = shaped_file(tmp_path / f"{called}.safetensors", real_headers()[header])
    assert ways_of(str(file)).starts == starts


def test_the_family_s_numbers_are_told_and_the_user_s_come_before(tmp_path):
    file = shaped_file(tmp_path / "mine.safetensors", real_headers()["z_image_turbo_bf16"])
    request = BARE.with_(model=str(file))
    assert notes(begun(request, {})) == [
        "Usual for Z-Image: --guidance 5, --decay 0, --steps 50, where nothing else is given."
    ]
    assert begun(request, {"steps": 20}).steps == 20
    tell(file, ModelCard(steps=30))
    told = begun(request, {})
    assert (told.guidance, told.steps) == (Weight(5.0), 30)


@pytest.mark.parametrize(
    ("pipeline", "said", "starts"),
    [
        ("ChromaPipeline", {}, constant(3.0, 40)),
        ("Flux2KleinPipeline", {"is_distilled": False}, constant(4.0, 50)),
        ("Flux2KleinPipeline", {"is_distilled": True}, FAST),
        ("QwenImagePipeline", {}, constant(4.0, 50)),
    ],
)
def test_folders_of_a_family_begin_with_them_too(tmp_path, pipeline, said, starts):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/model_index.json").write_text(json.dumps({"_class_name": pipeline, **said}))
    assert ways_of(str(tmp_path / "mine")).starts == starts


def test_gguf_files_of_a_family_begin_with_them_too(tmp_path):
    shapes = {key: shape for key, (_, shape) in real_headers()["z_image_turbo_bf16"].items() if key[0] != "_"}
    file = gguf_file(tmp_path / "z-image-Q4_K.gguf", shapes, "q4_k", "lumina2")
    assert ways_of(str(file)).starts == constant(5.0, 50)
