"""The recipe: both sizes keep their budget, and an exported model can be taught more."""

import json
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from resources.starter import recipe
from resources.starter.recipe import SIZES
from resources.starter.training import autoencoder, denoiser, pictures, text

MILLION = 10**6


@pytest.mark.parametrize(
    ("name", "unet", "vae", "flops"),
    [("small", 5 * MILLION, MILLION, 0.4e9), ("large", 20 * MILLION, 6 * MILLION, 5e9)],
)
def test_a_size_keeps_its_budget(name, unet, vae, flops):
    size = SIZES[name]
    with torch.device("meta"):
        coder = autoencoder.build(size.channels, size.autoencoder)
        factor = 2 ** (len(size.autoencoder) - 1)
        side = size.pixels // factor
        net = denoiser.build(size.channels, side, size.unet, size.text_width)
        words = torch.randn(1, text.MAX_TOKENS, size.text_width)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            net(torch.randn(1, size.channels, side, side), torch.tensor(500), words)
    assert sum(p.numel() for p in net.parameters()) < unet
    assert sum(p.numel() for p in coder.parameters()) < vae
    assert 0 < counter.get_total_flops() < flops


def test_the_recipe_makes_a_model_of_a_deeper_autoencoder_too(tiny, tmp_path):
    tiny(16, (16, 16, 16, 16))
    recipe.main(["--size", "small", "--processes", "1", "--minutes", "0.02", "--out", str(tmp_path)])
    config = json.loads((tmp_path / "model" / "unet" / "config.json").read_text(encoding="utf-8"))
    assert config["sample_size"] == 2


def test_an_exported_model_is_taught_more_and_the_card_says_so(tiny, tmp_path):
    tiny(16, (16, 32, 64))
    first, more = tmp_path / "first", tmp_path / "more"
    common = ["--size", "small", "--processes", "1", "--minutes"]
    recipe.main([*common, "0.02", "--out", str(first)])
    recipe.main([*common, "0.01", "--out", str(more), "--start", str(first / "model"), "--rate", "4e-4"])
    about = json.loads((more / "model" / "palimpsest.json").read_text(encoding="utf-8"))
    earlier = json.loads((first / "model" / "palimpsest.json").read_text(encoding="utf-8"))
    assert about["training"]["after"] == earlier["training"]
    assert earlier["training"]["steps"] > 0
    assert (earlier["training"]["recipe"]["rate"], about["training"]["recipe"]["rate"]) == (1e-3, 4e-4)
    for part in ("vae", "tokenizer"):
        kept = [
            path for path in (first / "model" / part).iterdir() if path.suffix in (".safetensors", ".json")
        ]
        assert kept
        for path in kept:
            if path.suffix == ".safetensors" or path.name in ("vocab.json", "merges.txt", "tokenizer.json"):
                assert (more / "model" / part / path.name).read_bytes() == path.read_bytes()
    assert about["training"]["steps"] > 0
    changed = "unet/diffusion_pytorch_model.safetensors"
    assert (more / "model" / changed).read_bytes() != (first / "model" / changed).read_bytes()
    configs = [path.read_text(encoding="utf-8") for path in (more / "model").rglob("*.json")]
    assert configs
    assert not any(str(tmp_path) in config for config in configs), "where its parts lay is not kept"


@pytest.mark.parametrize(
    ("option", "said"), [("--rate", "0"), ("--rate", "-1"), ("--minutes", "nan"), ("--minutes", "soon")]
)
def test_a_rate_or_a_time_of_nothing_is_refused(option, said, tmp_path, capsys):
    with pytest.raises(SystemExit):
        recipe.main([f"{option}={said}", "--out", str(tmp_path / "out")])
    assert f"{said} is not a number above 0" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_interrupted_autoencoder_goes_on_where_it_was(tiny, tmp_path, monkeypatch):
    tiny(16, (16, 32, 64))
    arguments = ["--size", "small", "--processes", "1", "--out", str(tmp_path)]

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recipe.autoencoder, "set_scale", interrupt)
        with pytest.raises(KeyboardInterrupt):
            recipe.main([*arguments, "--minutes", "0.04"])
    before = torch.load(tmp_path / "autoencoder.pt", weights_only=True)
    assert before["step"] > 0
    recipe.main([*arguments, "--minutes", "0.12", "--resume"])
    after = torch.load(tmp_path / "autoencoder.pt", weights_only=True)
    assert after["step"] > before["step"]
    assert after["seconds"] > before["seconds"]
    updates = [
        max(int(one["step"]) for one in kept["optimizer"]["state"].values()) for kept in (before, after)
    ]
    assert updates == [before["step"], after["step"]]


def test_pages_are_kept_until_the_world_changes(tmp_path, monkeypatch):
    path = tmp_path / "pictures.npz"
    first = pictures.cached(path, 4, 16, 1)
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "draw", lambda *_: pytest.fail("drawn again"))
        assert (pictures.cached(path, 2, 16, 1).pixels == first.pixels[:2]).all()
    monkeypatch.setattr(pictures, "fingerprint", lambda: "another world")
    drawn = pictures.Pictures(first.pixels[::-1].copy(), first.captions[::-1])
    monkeypatch.setattr(pictures, "draw", lambda *_: drawn)
    assert pictures.cached(path, 4, 16, 1) is drawn
    assert (pictures.cached(path, 4, 16, 1).pixels == drawn.pixels).all()


@pytest.fixture
def tiny(monkeypatch):
    """The whole recipe on a few pages of 16 px, with networks that take seconds."""

    def small(pixels, autoencoder):
        sizes = recipe.Size(pixels, 8, 4, autoencoder, (16, 16), 32, 1, 4, 4, 1e-3)
        monkeypatch.setitem(recipe.SIZES, "small", sizes)

    monkeypatch.setattr(recipe, "held_out", lambda count, size, start: _pages(size))
    return small


def _pages(size):
    from resources.starter.training.pictures import draw

    return draw(4, size, processes=1)


def test_a_run_is_not_resumed_over_pages_and_captions_of_another_world(tiny, tmp_path, monkeypatch):
    tiny(16, (16, 32, 64))
    arguments = ["--size", "small", "--processes", "1", "--minutes", "0.02", "--out", str(tmp_path)]
    recipe.main(arguments)
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"autoencoder.pt", "latents.pt", "denoiser.pt", "pictures.npz"} <= {path.name for path in kept}
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "fingerprint", lambda: "another")
        for gone in (None, "autoencoder.pt", "latents.pt"):  # as a run that stopped anywhere left them
            if gone:
                (tmp_path / gone).unlink()
            with pytest.raises(SystemExit, match=r"was made of world \w+, 8 pages of 16 px.*world another"):
                recipe.main([*arguments, "--resume"])
    left = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in kept.keys() - left.keys()} == {"autoencoder.pt", "latents.pt"}
    assert all(kept[path] == content for path, content in left.items())


def test_checkpoints_of_before_their_origin_was_written_are_not_resumed(tiny, tmp_path):
    tiny(16, (16, 32, 64))
    torch.save(torch.zeros(8, 4, 4, 4), tmp_path / "latents.pt")
    with pytest.raises(SystemExit, match="was made of pages that it does not name"):
        recipe.main(["--size", "small", "--processes", "1", "--out", str(tmp_path), "--resume"])


def test_a_denoiser_of_earlier_latents_is_not_taken_up(tiny, tmp_path, monkeypatch):
    tiny(16, (16, 32, 64))
    arguments = ["--size", "small", "--processes", "1", "--minutes", "0.02", "--out", str(tmp_path)]
    recipe.main(arguments)
    assert (tmp_path / "denoiser.pt").exists()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(recipe, "_denoiser", interrupt)
    with pytest.raises(KeyboardInterrupt):
        recipe.main([*arguments, "--seed", "1"])
    assert (tmp_path / "latents.pt").exists()
    assert not (tmp_path / "denoiser.pt").exists()


def test_the_origin_changes_with_a_line_of_the_world(tmp_path, monkeypatch):
    """A caption's words are the world's code, too."""
    for file in Path(pictures.world.__file__).parent.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(pictures.world, "__file__", str(tmp_path / "__init__.py"))
    before = pictures.origin(8, 16)
    assert pictures.origin(8, 16) == before
    assert pictures.origin(9, 16) != before != pictures.origin(8, 32)
    with (tmp_path / "words.py").open("a", encoding="utf-8") as words:
        words.write("\n# another word\n")
    assert pictures.origin(8, 16) != before
