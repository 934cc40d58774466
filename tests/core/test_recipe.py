"""The recipe: both sizes keep their budget, and an exported model can be taught more."""

import json
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.diffusion.step import Field
from core.models.load import load
from resources.starter import recipe
from resources.starter.recipe import SIZES
from resources.starter.training import autoencoder, denoiser, grown, pictures, text
from resources.starter.training.clock import Clock
from resources.starter.training.objective import OBJECTIVES

MILLION = 10**6


@pytest.mark.parametrize(
    ("name", "unet", "vae", "flops"),
    [("small", 6 * MILLION, MILLION, 0.6e9), ("large", 20 * MILLION, 6 * MILLION, 5e9)],
)
def test_a_size_keeps_its_budget(name, unet, vae, flops):
    size = SIZES[name]
    with torch.device("meta"):
        coder = autoencoder.build(size.channels, size.autoencoder)
        factor = 2 ** (len(size.autoencoder) - 1)
        side = size.pixels // factor
        net = denoiser.build(size.channels, side, size.unet, size.text_width, size.layers)
        words = torch.randn(1, text.MAX_TOKENS, size.text_width)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            net(torch.randn(1, size.channels, side, side), torch.tensor(500), words)
    assert sum(p.numel() for p in net.parameters()) < unet
    assert sum(p.numel() for p in coder.parameters()) < vae
    assert 0 < counter.get_total_flops() < flops


@pytest.fixture
def small_vae():
    torch.manual_seed(0)
    return autoencoder.build(4, (16, 32, 64), 64).eval()


@torch.no_grad()
def test_an_autoencoder_of_twice_the_pixels_draws_what_the_smaller_one_drew(small_vae):
    """Every pixel four times, but for the last convolution, which sees finer ones."""
    large = grown.twice_as_large(small_vae).eval()
    assert large.config.sample_size == 2 * small_vae.config.sample_size
    latents = torch.randn(2, 4, 8, 8)
    drawn, seen = (_before_its_last_norm(vae, latents) for vae in (small_vae, large))
    assert torch.allclose(seen, drawn.repeat_interleave(2, -1).repeat_interleave(2, -2), atol=1e-5)
    assert large.decode(latents).sample.shape == (2, 3, 64, 64)


def _before_its_last_norm(vae, latents):
    seen = []
    hook = vae.decoder.conv_norm_out.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    vae.decode(latents)
    hook.remove()
    return seen[0]


@torch.no_grad()
def test_its_latents_begin_near_those_of_the_page_at_half_its_size(small_vae):
    large = grown.twice_as_large(small_vae).eval()
    seen = torch.randn(1, 16, 8, 8)
    halved = torch.nn.functional.avg_pool2d(seen, 2)
    assert torch.allclose(large.encoder.down_blocks[0](seen), halved, atol=1e-6)
    page = autoencoder.to_tensor(pictures.draw(4, 64, processes=1).pixels)
    seen = large.encode(page).latent_dist.mean
    aims = small_vae.encode(torch.nn.functional.avg_pool2d(page, 2)).latent_dist.mean
    assert seen.shape == aims.shape
    assert torch.corrcoef(torch.stack([seen.flatten(), aims.flatten()]))[0, 1] > 0.8


def test_onto_another_encoder_latents_come_nearer(small_vae):
    large, drawn = grown.twice_as_large(small_vae), pictures.draw(8, 32, processes=1)
    with torch.no_grad():
        large.encoder.conv_out.weight.add_(0.05 * torch.randn_like(large.encoder.conv_out.weight))
    learner = autoencoder.Learner.new(large, 1e-3)
    page = autoencoder.to_tensor(drawn.pixels)

    def away():
        with torch.no_grad():
            return float(autoencoder.distance(large.encode(page).latent_dist.mean, small_vae, page))

    before = away()
    autoencoder.train(learner, drawn, _Steps(30), lambda _: None, lambda: None, 8, 1e-3, onto=small_vae)
    assert away() < 0.7 * before


class _Steps:
    """A clock of so many steps."""

    def __init__(self, count):
        self.left, self.seconds = count, 0.0

    @property
    def over(self):
        self.left -= 1
        return self.left < 0

    def rate(self, step, warmup=0):
        return 1.0

    def due(self):
        return False


@torch.no_grad()
def test_more_layers_of_attention_change_nothing_until_they_learn():
    torch.manual_seed(0)
    small = denoiser.build(4, 8, (16, 32), 32).eval()
    large = grown.deeper(small, 2).eval()
    x, words = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 32)
    assert sum(p.numel() for p in large.parameters()) > sum(p.numel() for p in small.parameters())
    assert torch.allclose(small(x, 500, words).sample, large(x, 500, words).sample, atol=1e-6)
    assert torch.equal(small(x, 500, words).sample, grown.deeper(small, 1).eval()(x, 500, words).sample)


def test_a_run_grows_a_model_of_half_its_pixels(tiny, tmp_path):
    tiny(16, (16, 32, 64))
    first, more = tmp_path / "first", tmp_path / "more"
    common = ["--size", "small", "--processes", "1", "--minutes"]
    recipe.main([*common, "0.02", "--out", str(first)])
    tiny(32, (16, 16, 32, 64), layers=2)
    recipe.main([*common, "0.02", "--out", str(more), "--start", str(first / "model")])
    unet, vae = (
        json.loads((more / "model" / part / "config.json").read_text(encoding="utf-8"))
        for part in ("unet", "vae")
    )
    assert (unet["sample_size"], unet["transformer_layers_per_block"]) == (4, 2)
    assert (vae["block_out_channels"], vae["sample_size"]) == ([16, 16, 32, 64], 32)
    about = json.loads((more / "model" / "palimpsest.json").read_text(encoding="utf-8"))
    assert about["size"] == 32
    assert about["training"]["after"]["recipe"]["pixels"] == 16


def test_a_clock_of_work_stands_still_while_nothing_is_done():
    now = iter((0.0, 30.0, 30.0, 60.0))
    clock = Clock(1, every=8, now=lambda: next(now))
    assert [clock.share, clock.share, clock.over] == [0.5, 0.5, True]


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
    again = ["--start", str(first / "model"), "--rate", "4e-4", "--resume", "--of-start", "1"]
    recipe.main([*common, "0.01", "--out", str(more), *again])  # its time is over: it is exported anew
    assert (more / "model" / changed).read_bytes() == (first / "model" / changed).read_bytes()
    about = json.loads((more / "model" / "palimpsest.json").read_text(encoding="utf-8"))
    assert about["training"]["of_start"] == 1


@pytest.mark.parametrize("said", [["0.5"], ["1.5", "--start", "x"], ["nan", "--start", "x"], ["half"]])
def test_a_share_of_nothing_or_of_more_than_all_is_refused(said, capsys):
    with pytest.raises(SystemExit):
        recipe.main(["--of-start", *said])
    assert "--of-start" in capsys.readouterr().err


def test_weights_between_what_a_network_began_with_and_what_it_was_taught():
    begun, taught = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    before = taught.weight.detach().clone()
    for share in (0.0, 0.25, 1.0):
        weights = grown.between(begun, taught, share).weight
        assert torch.allclose(weights, share * begun.weight + (1 - share) * taught.weight)
    assert torch.equal(taught.weight, before)


def test_a_flow_is_learned_with_which_the_program_draws(tiny, tmp_path):
    tiny(16, (16, 32, 64))
    asked = ["--size", "small", "--processes", "1", "--minutes", "0.02", "--out", str(tmp_path)]
    recipe.main([*asked, "--objective", "flow"])
    model = load(str(tmp_path / "model"), "cpu")
    assert model.prediction is Field.FLOW
    x = torch.randn(1, model.channels, 4, 4, generator=torch.Generator().manual_seed(0))
    level = model.schedule_at(4, 4).levels(4)[2]
    said, unet = model.predict(x, level, model.text("a horse")), model.parts.unet
    with torch.no_grad():
        v = unet(x, 500.0, model.text("a horse").tokens).sample
    assert torch.allclose(said.eps - said.x0, v, atol=1e-5)
    about = json.loads((tmp_path / "model" / "palimpsest.json").read_text(encoding="utf-8"))
    assert (about["mask_strength"], about["training"]["objective"]) == (0.78, "flow")
    with pytest.raises(SystemExit, match=r"was made of .*, for flow, but today's are"):
        recipe.main([*asked, "--resume"])


@torch.no_grad()
@pytest.mark.parametrize("name", ["v", "flow"])
def test_what_is_learned_says_both_noise_and_page(name):
    objective = OBJECTIVES[name]
    page, noise = torch.randn(2, 3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    times = objective.times(torch.tensor([0.0, 0.25, 0.5]))
    a, s = (it.view(-1, 1, 1, 1) for it in objective.levels(times))
    noisy, said = a * page + s * noise, objective.target(page, noise, a, s)
    assert torch.allclose(objective.to_noise(said, noisy, a, s), noise, atol=1e-5)
    scheduler = objective.scheduler()
    if name == "flow":
        scheduler.set_timesteps(sigmas=[1.0, 0.75, 0.5, 0.25])
        assert torch.equal(scheduler.timesteps[:3], times)
        assert torch.allclose(scheduler.scale_noise(page, times, noise), noisy)
        stepped = scheduler.step(said[1], times[1], noisy[1]).prev_sample
        assert torch.allclose(stepped, (page[1] + noise[1]) / 2, atol=1e-6)
    else:
        assert torch.allclose(scheduler.add_noise(page, noise, times), noisy)
        assert torch.allclose(scheduler.get_velocity(page, noise, times), said)


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
            recipe.main([*arguments, "--minutes", "0.02"])
    before = torch.load(tmp_path / "autoencoder.pt", weights_only=True)
    assert before["step"] > 0
    recipe.main([*arguments, "--minutes", "0.06", "--resume"])
    after = torch.load(tmp_path / "autoencoder.pt", weights_only=True)
    assert after["step"] > before["step"]
    assert after["seconds"] > before["seconds"]
    updates = [
        max(int(one["step"]) for one in kept["optimizer"]["state"].values()) for kept in (before, after)
    ]
    assert updates == [before["step"], after["step"]]


def test_pages_are_kept_until_the_world_changes(tmp_path, monkeypatch):
    path = tmp_path / "pictures"
    first = pictures.cached(path, 4, 16, 1)
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "draw", lambda *_: pytest.fail("drawn again"))
        assert (pictures.cached(path, 2, 16, 1).pixels == first.pixels[:2]).all()
    monkeypatch.setattr(pictures, "fingerprint", lambda: "another world")
    drawn = pictures.Pictures(first.pixels[::-1].copy(), first.captions[::-1])
    monkeypatch.setattr(pictures, "draw", lambda *_: drawn)
    assert (pictures.cached(path, 4, 16, 1).pixels == drawn.pixels).all()
    monkeypatch.setattr(pictures, "draw", lambda *_: pytest.fail("drawn again"))
    assert (pictures.cached(path, 4, 16, 1).pixels == drawn.pixels).all()


def test_pages_are_drawn_in_parts_and_only_those_that_are_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "PART", 4)
    whole = pictures.draw(10, 16, 1)
    asked = []
    draw = pictures.draw
    monkeypatch.setattr(pictures, "draw", lambda *given: asked.append(given) or draw(*given))
    assert (pictures.cached(tmp_path, 4, 16, 1).pixels == whole.pixels[:4]).all()
    found = pictures.cached(tmp_path, 10, 16, 1)
    assert (found.pixels == whole.pixels).all()
    assert found.captions == whole.captions
    assert asked == [(4, 16, 1, 0), (4, 16, 1, 4), (2, 16, 1, 8)]


@pytest.fixture
def tiny(monkeypatch):
    """The whole recipe on a few pages of 16 px, with networks that take seconds."""

    def small(pixels, autoencoder, layers=1):
        sizes = recipe.Size(pixels, 8, 6, 4, autoencoder, (16, 16), 32, 1, 4, 4, 1e-3, layers=layers)
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
    assert {"autoencoder.pt", "latents.pt", "denoiser.pt", "000000.npz"} <= {path.name for path in kept}
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
