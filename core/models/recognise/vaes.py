"""VAEs in files of their own, whole ones and small ones for previews, by family. A table: see networks.py."""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers
from core.models.recognise.signature import Fact, Facts, Signature, SignatureTable

SD_VAE = ("SD 1.x", "SD 2.x", "SDXL")  # their VAEs have the same layers
SIXTEEN = ("SD 3", "FLUX.1")
LATENTS = (  # what a decoder begins with → (…, latent channels, …)
    "decoder.conv_in.weight",
    "decoder.conv_in.conv.weight",
    "decoder.conv1.weight",
    "decoder.layers.0.weight",
    "taesd_decoder.1.weight",
)


def _vae(
    family: str | tuple[str, ...],
    *has: str,
    lacks: tuple[str, ...] = (),
    **facts: Fact | tuple[Fact, ...],
) -> Signature:
    every = {name: value if isinstance(value, tuple) else (value,) for name, value in facts.items()}
    return Signature(ModelKind.VAE, family, has, lacks, every)


def vae_facts(layers: Layers) -> Facts:
    """latents: channels of the latents that are decoded; flat: whether of pictures, else of films."""
    first = next((layers.shapes[key] for key in LATENTS if len(layers.shapes.get(key, ())) > 3), None)
    return {"latents": first[1] if first else None, "flat": len(first) == 4 if first else None}


NORMAL = ("encoder.conv_in.weight", "decoder.conv_out.weight")
FILM = (
    "encoder.mid.block_1.mix_factor",
    "decoder.mid.block_1.mix_factor",
    "decoder.time_conv_out.weight",
    "encoder.temp_conv_in.weight",
    "latents_mean",
    "decoder.det_stages.",
)
VAES = SignatureTable(
    (
        _vae(SD_VAE, *NORMAL, lacks=(*FILM, "quantize.", "encoder.down_blocks.0.0."), latents=4, flat=True),
        _vae(SIXTEEN, *NORMAL, lacks=(*FILM, "quantize."), latents=16, flat=True),
        _vae("FLUX.2", *NORMAL, lacks=(*FILM, "encoder.down_blocks.0.0."), latents=(32, 128), flat=True),
        _vae("Stable Video Diffusion", "decoder.time_conv_out.weight", latents=4),
        _vae(
            "Stable Video Diffusion",
            "decoder.mid.block_1.mix_factor",
            lacks=("decoder.time_conv_out.weight",),
            latents=4,
        ),
        _vae(
            ("Qwen-Image", "Wan"), "decoder.conv_in.weight", "encoder.conv_in.weight", latents=16, flat=False
        ),
        _vae(("Qwen-Image", "Wan"), "decoder.middle.0.residual.0.gamma", latents=16),
        _vae("Wan", "decoder.middle.0.residual.0.gamma", latents=48),
        _vae("Wan", "decoder.conv_in.weight", "encoder.conv_in.weight", latents=48, flat=False),
        _vae("Qwen-Image 2.1", "decoder.conv_in.weight", "encoder.conv_in.weight", latents=64, flat=False),
        _vae(
            "HunyuanVideo",
            "encoder.conv_in.conv.weight",
            "encoder.down_blocks.",
            lacks=("latents_mean", ".norm1.conv_y.conv.weight"),
            latents=16,
            flat=False,
        ),
        _vae("CogVideoX", "encoder.conv_in.conv.weight", ".norm1.conv_y.conv.weight"),
        _vae("HunyuanVideo", "encoder.down.0.block.0.conv1.conv.weight", latents=16, flat=False),
        _vae("HunyuanVideo", "encoder.conv_in.conv.weight", lacks=("latents_mean",), latents=32, flat=False),
        _vae("LTX-Video", "per_channel_statistics.mean-of-means"),
        _vae("LTX-Video", "latents_mean", "encoder.conv_in.conv.weight"),
        _vae(
            "Sana", "encoder.down_blocks.0.0.conv1.weight", "decoder.conv_in.weight", latents=(32, 128, 512)
        ),
        _vae("Sana", "encoder.stages.0.op_list.0.main.conv1.conv.weight"),
        _vae("Stable Cascade", "vquantizer.codebook.weight"),
        _vae("Stable Cascade", "backbone.1.0.block.0.1.num_batches_tracked"),
        _vae("Stable Cascade", "blocks.11.num_batches_tracked"),
        _vae("Kandinsky 2", *NORMAL, "quantize."),
        _vae("Mochi", "encoder.block_in.", "decoder.block_in."),
        _vae("Cosmos", "encoder.conv_in.conv_s.weight"),
    ),
    vae_facts,
)
# Small decoders for previews (TAESD), beside any of the others' latents.
TINY = SignatureTable(
    (
        _vae(SD_VAE, "decoder.layers.0.weight", latents=4),
        _vae(SIXTEEN, "decoder.layers.0.weight", latents=16),
        _vae("FLUX.2", "decoder.layers.0.weight", latents=(32, 128)),
        _vae(SD_VAE, "taesd_decoder.1.weight", latents=4),
        _vae(SIXTEEN, "taesd_decoder.1.weight", latents=16),
        Signature(ModelKind.VAE, SD_VAE, ("1.weight", "3.conv.0.weight"), facts={"1.weight:1": (4,)}),
        Signature(ModelKind.VAE, SIXTEEN, ("1.weight", "3.conv.0.weight"), facts={"1.weight:1": (16,)}),
        Signature(
            ModelKind.VAE, (*SD_VAE, *SIXTEEN), ("0.weight", "1.conv.0.weight"), facts={"0.weight:1": (3,)}
        ),
    ),
    vae_facts,
)
