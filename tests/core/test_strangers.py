"""Models and LoRA files from strangers: whatever they hold, a sentence or a picture, within bounds."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.errors import CoreError, InputError
from core.models.backbone import Text
from core.models.load import load
from core.models.lora.fuse import Loras
from tests.bench.fuzz import models as damage
from tests.core.original_layout import (
    original_clip,
    original_unet,
    original_vae,
    thin_clip,
    thin_unet,
    thin_vae,
    write,
)
from tests.core.tiny import tiny_sd3

LINEAR = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
CONV = "down_blocks.0.resnets.0.conv1"
TEXT = "encoder.layers.0.self_attn.q_proj"


def drawn(model) -> torch.Tensor:
    """All of a model's parts asked once."""
    side = model.pixels // model.factor
    latent = model.encode(torch.zeros(1, 3, 16, 16))
    text = Text.stack([model.text("a b")])
    model.tokens("a b")
    out = model.predict(
        torch.zeros(1, model.channels, side, side)[..., :8, :8], model.schedule.levels(2)[1], text
    )
    return model.decode(out.x0) + latent.mean()


def replaced(path: Path, content: bytes) -> None:
    """Another file in the place of one that may be linked elsewhere."""
    path.unlink()
    path.write_bytes(content)


def tries(
    seed: int, files: list[Path], times: int, mutate: Callable, use: Callable[[], object]
) -> dict[str, int]:
    """Each time one file damaged, used, and brought back; how many were refused and how many worked."""
    dice, ended = random.Random(seed), {"refused": 0, "worked": 0}
    for _ in range(times):
        path = dice.choice(files)
        whole = path.read_bytes()
        damaged = mutate(dice, path, whole)
        replaced(path, damaged)
        try:
            use()
            ended["worked"] += 1
        except CoreError:
            ended["refused"] += 1
        except BaseException:
            kept = Path(os.environ.get("TMPDIR", "/tmp")) / f"mutant-{path.name}"
            kept.write_bytes(damaged)
            print(f"the damaged {path} is kept as {kept}")
            raise
        finally:
            replaced(path, whole)
    return ended


def mutant(dice: random.Random, path: Path, data: bytes) -> bytes:
    if path.suffix == ".json":
        return damage.document(dice, data)
    return dice.choice((damage.header, damage.header, damage.raw))(dice, data)


@pytest.mark.parametrize("family", ["sd", "sd3"])
def test_a_damaged_folder_is_a_sentence_or_a_model(tiny, tmp_path, family):
    folder = Path(shutil.copytree(tiny, tmp_path / "odd")) if family == "sd" else tiny_sd3(tmp_path / "odd")
    (folder / "palimpsest.json").write_text('{"kappa": 1.5, "mask_strength": 0.5, "knows": ""}')
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    ended = tries(1, files, 12, mutant, lambda: drawn(load(str(folder), "cpu")))
    assert min(ended.values()), ended


@pytest.fixture(scope="module")
def single(tmp_path_factory) -> Path:
    """An SD 1.x-like file in the original layout."""
    torch.manual_seed(0)
    unet, vae = thin_unet(64, attention_head_dim=8).state_dict(), thin_vae().state_dict()
    clip = original_clip(thin_clip(64, "quick_gelu", 2).state_dict(), "cond_stage_model.transformer.")
    return write(
        tmp_path_factory.mktemp("files") / "thin.safetensors", original_unet(unet), original_vae(vae), clip
    )


def test_a_damaged_single_file_is_a_sentence_or_a_model(single):
    ended = tries(2, [single], 6, mutant, lambda: drawn(load(str(single), "cpu")))
    assert ended["refused"], ended


def loras_for(model, folder: Path) -> list[Path]:
    """A file of each kind that can be fused: Kohya's, PEFT's with settings, the old processors'."""
    unet, encoder = model.parts.unet, model.parts.text_encoder
    whole = {
        f"unet.{LINEAR}": unet.get_parameter(f"{LINEAR}.weight"),
        f"unet.{CONV}": unet.get_parameter(f"{CONV}.weight"),
    }
    text = next(name for name, _ in encoder.named_parameters() if name.endswith(f"{TEXT}.weight"))
    whole[f"text_encoder.{TEXT}"] = encoder.get_parameter(text)
    kohya, peft, old = {}, {}, {}
    for layer, weight in whole.items():
        down = torch.randn(2, *weight.shape[1:]) / 8
        up = torch.randn(weight.shape[0], 2, *(1 for _ in weight.shape[2:])) / 8
        name = f"lora_{layer}".replace("lora_text_encoder.", "lora_te_text_model.").replace(".", "_")
        kohya |= {
            f"{name}.lora_down.weight": down,
            f"{name}.lora_up.weight": up,
            f"{name}.alpha": torch.tensor(1.0),
        }
        peft |= {f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}
        old |= {f"{layer}.lora.down.weight": down, f"{layer}.lora.up.weight": up.half()}
    told = json.dumps(
        {"unet.lora_alpha": 4, "unet.alpha_pattern": {"attn1.to_q": 3}, "unet.use_rslora": True}
    )
    save_file(kohya, folder / "kohya.safetensors")
    save_file(peft, folder / "peft.safetensors", {"lora_adapter_metadata": told})
    save_file(old, folder / "old.safetensors")
    return sorted(folder.glob("*.safetensors"))


def test_a_damaged_lora_is_a_sentence_or_is_worn_and_leaves_no_trace(tiny, tmp_path):
    model = load(str(tiny), "cpu")
    loras = Loras(model.modules)
    files = loras_for(model, tmp_path)
    plain = {name: weight.clone() for name, weight in model.parts.unet.named_parameters()}
    for path in files:
        assert loras.fuse(((str(path), 1.0),))
        loras.fuse(())

    def use() -> None:
        for path in files:
            loras.fuse(((str(path), 0.7),))

    ended = tries(3, files, 60, mutant, use)
    assert min(ended.values()) > 3, ended
    loras.fuse(())
    assert all(torch.equal(weight, plain[name]) for name, weight in model.parts.unet.named_parameters())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"alpha": torch.ones(3)}, "alpha of its layer"),
        ({"alpha": torch.tensor(float("nan"))}, "not finite"),
        ({"lora_down.weight": torch.zeros(0, 32), "lora_up.weight": torch.zeros(32, 0)}, "of 0 × 32 numbers"),
        ({"lora_down.weight": torch.tensor(1.0)}, "down of its layer .* is of 1 numbers"),
        ({"lora_up.weight": torch.zeros(32)}, "up of its layer .* is of 32 numbers"),
        ({"lora_up.weight": torch.full((32, 2), float("nan"))}, "style.safetensors is damaged.*not finite"),
        ({"lora_up.weight": torch.full((32, 2), 3e38)}, "With these LoRAs .* not finite"),
        ({"lora_up.weight": torch.ones(32, 2, dtype=torch.int8)}, "up of its layer"),
    ],
)
def test_what_no_lora_can_hold_is_named(tiny, tmp_path, change, says):
    model, layer = load(str(tiny), "cpu"), f"lora_unet_{LINEAR.replace('.', '_')}"
    whole = {
        "lora_down.weight": torch.ones(2, 32),
        "lora_up.weight": torch.ones(32, 2),
        "alpha": torch.tensor(2.0),
    }
    path = tmp_path / "style.safetensors"
    save_file({f"{layer}.{name}": value for name, value in (whole | change).items()}, path)
    with pytest.raises(InputError, match=says):
        Loras(model.modules).fuse(((str(path), 1.0),))
    save_file({f"{layer}.{name}": value for name, value in whole.items()}, path)
    assert Loras(model.modules).fuse(((str(path), 1.0),))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*)*", "(x|x)*y", ".*.*.*.*.*b", "("])
def test_a_pattern_that_takes_for_ever_is_no_pattern(tiny, tmp_path, pattern):
    path = tmp_path / "style.safetensors"
    told = json.dumps({"unet.alpha_pattern": {pattern: 1}})
    save_file({f"unet.{LINEAR}.lora_A.weight": torch.ones(2, 32)}, path, {"lora_adapter_metadata": told})
    with pytest.raises(InputError, match="not readable"):
        Loras(load(str(tiny), "cpu").modules).fuse(((str(path), 1.0),))


CUT_OFF = """
import sys
from pathlib import Path
import torch
from core.models.load import load
from core.models.lora.fuse import Loras
from tests.core.test_strangers import drawn

folder, single, lora = map(Path, sys.argv[1:])
models = [load(str(folder), "cpu"), load(str(single), "cpu")]
Loras(models[0].modules).fuse(((str(lora), 1.0),))
before = [drawn(model) for model in models]
for file in (*folder.rglob("*.safetensors"), single, lora):
    with file.open("r+b") as open_file:
        open_file.truncate(16)
for model, picture in zip(models, before, strict=True):
    assert torch.equal(drawn(model), picture)
    for part in model._every:
        assert all(torch.isfinite(value).all() for value in part.module.state_dict().values())
print("the same")
"""


def test_files_cut_off_under_a_loaded_model_change_nothing(tiny, single, tmp_path):
    """Mapped files would end the program here (SIGBUS)."""
    folder = Path(shutil.copytree(tiny, tmp_path / "folder"))
    file = Path(shutil.copy(single, tmp_path / "single.safetensors"))
    room = tmp_path / "loras"
    room.mkdir()
    lora = loras_for(load(str(tiny), "cpu"), room)[0]
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", CUT_OFF, str(folder), str(file), str(lora)]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, "the same"), done.stderr
