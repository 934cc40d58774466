"""Models in the original single-file layout, written by tables of their own, to test loading against."""

import re
from pathlib import Path

import torch

UNET_HEAD = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
FOUR_BLOCKS = {  # SD 1.x and 2.x: 12 rooms down, 12 up
    "down_blocks.0.resnets.0": "input_blocks.1.0", "down_blocks.0.attentions.0": "input_blocks.1.1",
    "down_blocks.0.resnets.1": "input_blocks.2.0", "down_blocks.0.attentions.1": "input_blocks.2.1",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.3.0.op",
    "down_blocks.1.resnets.0": "input_blocks.4.0", "down_blocks.1.attentions.0": "input_blocks.4.1",
    "down_blocks.1.resnets.1": "input_blocks.5.0", "down_blocks.1.attentions.1": "input_blocks.5.1",
    "down_blocks.1.downsamplers.0.conv": "input_blocks.6.0.op",
    "down_blocks.2.resnets.0": "input_blocks.7.0", "down_blocks.2.attentions.0": "input_blocks.7.1",
    "down_blocks.2.resnets.1": "input_blocks.8.0", "down_blocks.2.attentions.1": "input_blocks.8.1",
    "down_blocks.2.downsamplers.0.conv": "input_blocks.9.0.op",
    "down_blocks.3.resnets.0": "input_blocks.10.0", "down_blocks.3.resnets.1": "input_blocks.11.0",
    "up_blocks.0.resnets.0": "output_blocks.0.0", "up_blocks.0.resnets.1": "output_blocks.1.0",
    "up_blocks.0.resnets.2": "output_blocks.2.0", "up_blocks.0.upsamplers.0.conv": "output_blocks.2.1.conv",
    "up_blocks.1.resnets.0": "output_blocks.3.0", "up_blocks.1.attentions.0": "output_blocks.3.1",
    "up_blocks.1.resnets.1": "output_blocks.4.0", "up_blocks.1.attentions.1": "output_blocks.4.1",
    "up_blocks.1.resnets.2": "output_blocks.5.0", "up_blocks.1.attentions.2": "output_blocks.5.1",
    "up_blocks.1.upsamplers.0.conv": "output_blocks.5.2.conv",
    "up_blocks.2.resnets.0": "output_blocks.6.0", "up_blocks.2.attentions.0": "output_blocks.6.1",
    "up_blocks.2.resnets.1": "output_blocks.7.0", "up_blocks.2.attentions.1": "output_blocks.7.1",
    "up_blocks.2.resnets.2": "output_blocks.8.0", "up_blocks.2.attentions.2": "output_blocks.8.1",
    "up_blocks.2.upsamplers.0.conv": "output_blocks.8.2.conv",
    "up_blocks.3.resnets.0": "output_blocks.9.0", "up_blocks.3.attentions.0": "output_blocks.9.1",
    "up_blocks.3.resnets.1": "output_blocks.10.0", "up_blocks.3.attentions.1": "output_blocks.10.1",
    "up_blocks.3.resnets.2": "output_blocks.11.0", "up_blocks.3.attentions.2": "output_blocks.11.1",
}  # fmt: skip
THREE_BLOCKS = {  # SDXL: 9 rooms down, 9 up
    "down_blocks.0.resnets.0": "input_blocks.1.0", "down_blocks.0.resnets.1": "input_blocks.2.0",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.3.0.op",
    "down_blocks.1.resnets.0": "input_blocks.4.0", "down_blocks.1.attentions.0": "input_blocks.4.1",
    "down_blocks.1.resnets.1": "input_blocks.5.0", "down_blocks.1.attentions.1": "input_blocks.5.1",
    "down_blocks.1.downsamplers.0.conv": "input_blocks.6.0.op",
    "down_blocks.2.resnets.0": "input_blocks.7.0", "down_blocks.2.attentions.0": "input_blocks.7.1",
    "down_blocks.2.resnets.1": "input_blocks.8.0", "down_blocks.2.attentions.1": "input_blocks.8.1",
    "up_blocks.0.resnets.0": "output_blocks.0.0", "up_blocks.0.attentions.0": "output_blocks.0.1",
    "up_blocks.0.resnets.1": "output_blocks.1.0", "up_blocks.0.attentions.1": "output_blocks.1.1",
    "up_blocks.0.resnets.2": "output_blocks.2.0", "up_blocks.0.attentions.2": "output_blocks.2.1",
    "up_blocks.0.upsamplers.0.conv": "output_blocks.2.2.conv",
    "up_blocks.1.resnets.0": "output_blocks.3.0", "up_blocks.1.attentions.0": "output_blocks.3.1",
    "up_blocks.1.resnets.1": "output_blocks.4.0", "up_blocks.1.attentions.1": "output_blocks.4.1",
    "up_blocks.1.resnets.2": "output_blocks.5.0", "up_blocks.1.attentions.2": "output_blocks.5.1",
    "up_blocks.1.upsamplers.0.conv": "output_blocks.5.2.conv",
    "up_blocks.2.resnets.0": "output_blocks.6.0", "up_blocks.2.resnets.1": "output_blocks.7.0",
    "up_blocks.2.resnets.2": "output_blocks.8.0",
}  # fmt: skip
RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
Weights = dict[str, torch.Tensor]
NETWORK, VAE = "model.diffusion_model.", "first_stage_model."  # the prefixes of whole files
BLOCKS = {"block_out_channels": (32, 64, 128, 128), "layers_per_block": 2}


def thin_vae(channels: int = 4, **more):
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(32, 64, 128, 128),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=channels,
        **more,
    )


def flux_vae():
    """As FLUX.1's, by which Z-Image and Chroma draw too."""
    bare = {"use_quant_conv": False, "use_post_quant_conv": False}
    return thin_vae(16, scaling_factor=0.3611, shift_factor=0.1159, **bare)


def thin_unet(width: int, *, channels: int = 4, **more):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=64, in_channels=channels, out_channels=4, cross_attention_dim=width, **BLOCKS, **more
    )


def thin_sdxl_unet(width: int = 128, *, pooled: int = 64, **more):
    """SDXL's three blocks. width: of both encoders' words together; pooled: of the second's whole text."""
    from diffusers import UNet2DConditionModel

    sizes = {
        "block_out_channels": (32, 64, 128),
        "attention_head_dim": (1, 1, 2),
        "transformer_layers_per_block": (1, 1, 1),
        "sample_size": 128,
    }
    return UNet2DConditionModel(
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=pooled + 6 * 256,
        **(sizes | more),
    )


def thin_clip(width: int, act: str, layers: int, *, projected: int = 0):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    return kind(
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=width // 64,
            hidden_act=act,
            projection_dim=projected or width,
            bos_token_id=49406,
            eos_token_id=49407,
        )
    )


def shallow_blocks(weights: Weights) -> dict[str, str]:
    """The rooms of a U-Net with one layer a block, as pruned ones have."""
    rooms: dict[str, str] = {}
    for n in range(len({key.split(".")[1] for key in weights if key.startswith("up_blocks.")})):
        rooms[f"down_blocks.{n}.resnets.0"] = f"input_blocks.{2 * n + 1}.0"
        rooms[f"down_blocks.{n}.attentions.0"] = f"input_blocks.{2 * n + 1}.1"
        rooms[f"down_blocks.{n}.downsamplers.0.conv"] = f"input_blocks.{2 * n + 2}.0.op"
        for i in range(2):
            rooms[f"up_blocks.{n}.resnets.{i}"] = f"output_blocks.{2 * n + i}.0"
            rooms[f"up_blocks.{n}.attentions.{i}"] = f"output_blocks.{2 * n + i}.1"
        behind = 1 + any(key.startswith(f"up_blocks.{n}.attentions.") for key in weights)
        rooms[f"up_blocks.{n}.upsamplers.0.conv"] = f"output_blocks.{2 * n + 1}.{behind}.conv"
    return rooms


def original_unet(weights: Weights, layers: int = 2) -> Weights:
    """A U-Net's weights under the original names. layers: of each block."""
    blocks = FOUR_BLOCKS if any(key.startswith("up_blocks.3.") for key in weights) else THREE_BLOCKS
    rooms = UNET_HEAD | (shallow_blocks(weights) if layers == 1 else blocks)
    found: Weights = {}
    for key, value in weights.items():
        room = max((room for room in rooms if key.startswith(f"{room}.")), key=len)
        rest = key[len(room) + 1 :]
        if "resnets" in room:
            layer, kind = rest.rsplit(".", 1)
            rest = f"{RESNET[layer]}.{kind}"
        found[f"model.diffusion_model.{rooms[room]}.{rest}"] = value
    return found


def original_vae(weights: Weights) -> Weights:
    """A VAE's weights under the original names."""
    names = {"conv_norm_out": "norm_out", "conv_shortcut": "nin_shortcut"}
    blocks = len({key.split(".")[2] for key in weights if key.startswith("encoder.down_blocks.")})
    for i in range(blocks):
        names |= {
            f"down_blocks.{i}.resnets": f"down.{i}.block",
            f"down_blocks.{i}.downsamplers.0": f"down.{i}.downsample",
            f"up_blocks.{i}.resnets": f"up.{blocks - 1 - i}.block",
            f"up_blocks.{i}.upsamplers.0": f"up.{blocks - 1 - i}.upsample",
        }
    names |= {"mid_block.resnets.0": "mid.block_1", "mid_block.resnets.1": "mid.block_2"}
    attention = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
    found: Weights = {}
    for key, value in weights.items():
        new = key
        for ours, theirs in names.items():
            new = new.replace(ours, theirs)
        if "mid_block.attentions.0" in new:
            new = new.replace("mid_block.attentions.0", "mid.attn_1")
            for ours, theirs in attention.items():
                new = new.replace(f".{ours}.", f".{theirs}.")
            if value.ndim == 2:
                value = value[:, :, None, None]  # a 1 × 1 convolution there
        found[f"first_stage_model.{new}"] = value
    return found


def shelled(weights: Weights) -> Weights:
    """CLIP's weights with Hugging Face's outer name, which the plain encoder has lost."""
    return {key if key.startswith("text_") else f"text_model.{key}": value for key, value in weights.items()}


def original_clip(weights: Weights, prefix: str) -> Weights:
    return {prefix + key: value for key, value in shelled(weights).items()}


def open_clip(weights: Weights, prefix: str) -> Weights:
    """A CLIP text encoder as OpenCLIP writes it: attention's three matrices in one, the projection turned."""
    weights = shelled(weights)
    found: Weights = {}
    single = {
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    }
    layer = {
        "layer_norm1": "ln_1",
        "layer_norm2": "ln_2",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
        "self_attn.out_proj": "attn.out_proj",
    }
    for key, value in weights.items():
        if key == "text_projection.weight":
            found[f"{prefix}text_projection"] = value.T.contiguous()
        elif key in single:
            found[prefix + single[key]] = value
        elif key.startswith("text_model.encoder.layers."):
            number, rest = key.removeprefix("text_model.encoder.layers.").split(".", 1)
            block = f"{prefix}transformer.resblocks.{number}."
            name, kind = rest.rsplit(".", 1)
            if name in layer:
                found[f"{block}{layer[name]}.{kind}"] = value
            elif name == "self_attn.q_proj":
                three = [
                    weights[f"text_model.encoder.layers.{number}.self_attn.{which}_proj.{kind}"]
                    for which in "qkv"
                ]
                found[f"{block}attn.in_proj_{kind}"] = torch.cat(three)
    return found


SD3_HEAD = {
    "pos_embed.pos_embed": "pos_embed",
    "pos_embed.proj": "x_embedder.proj",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "context_embedder": "context_embedder",
    "proj_out": "final_layer.linear",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
}
SD3_BLOCK = {
    "attn.norm_q": "x_block.attn.ln_q",
    "attn.norm_k": "x_block.attn.ln_k",
    "attn.norm_added_q": "context_block.attn.ln_q",
    "attn.norm_added_k": "context_block.attn.ln_k",
    "attn2.norm_q": "x_block.attn2.ln_q",
    "attn2.norm_k": "x_block.attn2.ln_k",
    "attn2.to_out.0": "x_block.attn2.proj",
    "attn.to_out.0": "x_block.attn.proj",
    "attn.to_add_out": "context_block.attn.proj",
    "norm1.linear": "x_block.adaLN_modulation.1",
    "norm1_context.linear": "context_block.adaLN_modulation.1",
    "ff.net.0.proj": "x_block.mlp.fc1",
    "ff.net.2": "x_block.mlp.fc2",
    "ff_context.net.0.proj": "context_block.mlp.fc1",
    "ff_context.net.2": "context_block.mlp.fc2",
}
SD3_FUSED = {
    "attn.to_q": ("x_block.attn.qkv", ("to_q", "to_k", "to_v")),
    "attn.add_q_proj": ("context_block.attn.qkv", ("add_q_proj", "add_k_proj", "add_v_proj")),
    "attn2.to_q": ("x_block.attn2.qkv", ("to_q", "to_k", "to_v")),
}


def original_z_image(state: Weights) -> Weights:
    """Z-Image's transformer: attention fused, the patch's size left out of the names at both ends."""
    found: Weights = {}
    for key, weight in state.items():
        name = key.replace("all_x_embedder.2-1.", "x_embedder.").replace(
            "all_final_layer.2-1.", "final_layer."
        )
        name = (
            name.replace(".norm_q.", ".q_norm.").replace(".norm_k.", ".k_norm.").replace("to_out.0.", "out.")
        )
        if name.endswith(".to_q.weight"):
            others = (state[key.replace("to_q", part)] for part in ("to_q", "to_k", "to_v"))
            name, weight = name.replace("to_q", "qkv"), torch.cat(list(others))
        if not name.endswith((".to_k.weight", ".to_v.weight")):
            found[f"model.diffusion_model.{name}"] = weight
    return found


KLEIN_NAMES = {
    "x_embedder.": "img_in.",
    "context_embedder.": "txt_in.",
    "time_guidance_embed.timestep_embedder.linear_1.": "time_in.in_layer.",
    "time_guidance_embed.timestep_embedder.linear_2.": "time_in.out_layer.",
    "_img.linear.": "_img.lin.",
    "_txt.linear.": "_txt.lin.",
    "single_stream_modulation.linear.": "single_stream_modulation.lin.",
    "norm_out.linear.": "final_layer.adaLN_modulation.1.",
    "proj_out.": "final_layer.linear.",
    "single_transformer_blocks.": "single_blocks.",
    "transformer_blocks.": "double_blocks.",
    ".attn.to_qkv_mlp_proj.": ".linear1.",
    ".attn.to_out.0.": ".img_attn.proj.",
    ".attn.to_add_out.": ".txt_attn.proj.",
    ".attn.to_out.": ".linear2.",
    ".attn.norm_added_q.weight": ".txt_attn.norm.query_norm.scale",
    ".attn.norm_added_k.weight": ".txt_attn.norm.key_norm.scale",
    ".ff.linear_in.": ".img_mlp.0.",
    ".ff.linear_out.": ".img_mlp.2.",
    ".ff_context.linear_in.": ".txt_mlp.0.",
    ".ff_context.linear_out.": ".txt_mlp.2.",
}
KLEIN_FUSED = {
    "to_q": ("img_attn", ("to_q", "to_k", "to_v")),
    "add_q_proj": ("txt_attn", ("add_q_proj", "add_k_proj", "add_v_proj")),
}


def original_klein(state: Weights) -> Weights:
    """FLUX.2 klein's transformer: attention fused in the blocks of two streams, shift before scale."""
    found: Weights = {}
    for key, weight in state.items():
        layer = key.split(".")[-2]
        if layer in ("to_k", "to_v", "add_k_proj", "add_v_proj"):
            continue
        name = key
        if layer in KLEIN_FUSED:
            room, parts = KLEIN_FUSED[layer]
            name = key.replace(f"attn.{layer}", f"{room}.qkv")
            weight = torch.cat([state[key.replace(layer, part)] for part in parts])
        single = key.startswith("single_")
        for here, there in KLEIN_NAMES.items():
            name = name.replace(here, there)
        for norm, there in (("norm_q", "query_norm"), ("norm_k", "key_norm")):
            name = name.replace(f".attn.{norm}.weight", f"{'' if single else '.img_attn'}.norm.{there}.scale")
        if key.startswith("norm_out."):
            weight = torch.cat(weight.chunk(2)[::-1])
        found[f"model.diffusion_model.{name}"] = weight
    return found


FLUX_OUTER = {
    "x_embedder": "img_in", "context_embedder": "txt_in", "proj_out": "final_layer.linear",
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
}  # fmt: skip
FLUX_TWO = {
    "norm1.linear": "img_mod.lin", "norm1_context.linear": "txt_mod.lin",
    "attn.norm_q": "img_attn.norm.query_norm", "attn.norm_k": "img_attn.norm.key_norm",
    "attn.norm_added_q": "txt_attn.norm.query_norm", "attn.norm_added_k": "txt_attn.norm.key_norm",
    "attn.to_out.0": "img_attn.proj", "attn.to_add_out": "txt_attn.proj",
    "ff.net.0.proj": "img_mlp.0", "ff.net.2": "img_mlp.2",
    "ff_context.net.0.proj": "txt_mlp.0", "ff_context.net.2": "txt_mlp.2",
}  # fmt: skip
FLUX_ONE = {
    "norm.linear": "modulation.lin", "attn.norm_q": "norm.query_norm", "attn.norm_k": "norm.key_norm",
    "proj_out": "linear2",
}  # fmt: skip
FLUX_FUSED = {
    "double": (
        ("img_attn.qkv", ("to_q", "to_k", "to_v")),
        ("txt_attn.qkv", ("add_q_proj", "add_k_proj", "add_v_proj")),
    ),
    "single": (("linear1", ("to_q", "to_k", "to_v", "proj_mlp")),),
}


def original_flux(state: Weights) -> Weights:
    """FLUX.1's transformer: attention fused, in blocks of one stream with the MLP, shift before scale."""
    found: Weights = {}
    for key, weight in state.items():
        name, kind = key.rsplit(".", 1)
        if name in FLUX_OUTER:
            turned = torch.cat(weight.chunk(2)[::-1]) if name.startswith("norm_out") else weight
            found[f"{FLUX_OUTER[name]}.{kind}"] = turned
            continue
        blocks, block, layer = name.split(".", 2)
        which = "single" if blocks.startswith("single") else "double"
        room, names = f"{which}_blocks.{block}", FLUX_ONE if which == "single" else FLUX_TWO
        if layer in names:
            found[f"{room}.{names[layer]}.{'scale' if 'norm_' in layer else kind}"] = weight
        for fused, parts in FLUX_FUSED[which]:
            if layer == f"attn.{parts[0]}":
                of = (part if part == "proj_mlp" else f"attn.{part}" for part in parts)
                found[f"{room}.{fused}.{kind}"] = torch.cat(
                    [state[f"{blocks}.{block}.{one}.{kind}"] for one in of]
                )
    return {f"model.diffusion_model.{key}": weight for key, weight in found.items()}


def original_chroma(state: Weights) -> Weights:
    """Chroma's transformer: as FLUX.1's, with its own network for the time."""
    guide = {key: it for key, it in state.items() if key.startswith("distilled_guidance_layer.")}
    found = original_flux({key: it for key, it in state.items() if key not in guide})
    for key, weight in guide.items():
        old = key.replace("linear_1", "in_layer").replace("linear_2", "out_layer")
        old = old.replace(".weight", ".scale") if ".norms." in key else old
        found[f"model.diffusion_model.{old}"] = weight
    return found


FILM = {  # of a VAE of films: what stands outside of its blocks
    "encoder.conv_in.": "encoder.conv1.",
    "decoder.conv_in.": "decoder.conv1.",
    "encoder.norm_out.": "encoder.head.0.",
    "decoder.norm_out.": "decoder.head.0.",
    "encoder.conv_out.": "encoder.head.2.",
    "decoder.conv_out.": "decoder.head.2.",
    "post_quant_conv.": "conv2.",
    "quant_conv.": "conv1.",
}
FILM_BLOCK = {
    "mid_block.resnets.0.": "middle.0.",
    "mid_block.attentions.0.": "middle.1.",
    "mid_block.resnets.1.": "middle.2.",
    "encoder.down_blocks.": "encoder.downsamples.",
    ".norm1.": ".residual.0.",
    ".conv1.": ".residual.2.",
    ".norm2.": ".residual.3.",
    ".conv2.": ".residual.6.",
    ".conv_shortcut.": ".shortcut.",
}


def original_film(state: Weights) -> Weights:
    """Qwen-Image's VAE: the decoder's blocks are counted through, three and a way up in each."""

    def up(it: re.Match[str]) -> str:
        return f"decoder.upsamples.{4 * int(it[1]) + (3 if it[2] == 'upsamplers' else int(it[3]))}"

    found: Weights = {}
    for key, weight in state.items():
        new = re.sub(r"^decoder\.up_blocks\.(\d)\.(resnets|upsamplers)\.(\d)", up, key)
        outer = next((old for old in FILM if key.startswith(old)), "")
        new = new.replace(outer, FILM[outer], 1) if outer else new
        for old, name in FILM_BLOCK.items() if not outer else ():
            new = new.replace(old, name)
        found[new] = weight
    return found


def original_sd3(weights: Weights) -> Weights:
    """An SD3 transformer's weights under the original names: q, k and v in one, shift before scale."""
    last = max(int(key.split(".")[1]) for key in weights if key.startswith("transformer_blocks."))
    turned = ("norm_out.linear.", f"transformer_blocks.{last}.norm1_context.linear.")
    found: Weights = {}
    for key, value in weights.items():
        name, kind = key.rsplit(".", 1)
        if key.startswith(turned):  # diffusers has the scale first in these two
            value = torch.cat(value.chunk(2)[::-1])
        if not key.startswith("transformer_blocks."):
            new = SD3_HEAD[key] if key in SD3_HEAD else f"{SD3_HEAD[name]}.{kind}"
            found[f"model.diffusion_model.{new}"] = value
            continue
        _, block, layer = name.split(".", 2)
        room = f"model.diffusion_model.joint_blocks.{block}"
        if layer in SD3_BLOCK:
            found[f"{room}.{SD3_BLOCK[layer]}.{kind}"] = value
        elif layer in SD3_FUSED:
            fused, three = SD3_FUSED[layer]
            beside = f"transformer_blocks.{block}.{layer.partition('.')[0]}"
            parts = [weights[f"{beside}.{one}.{kind}"] for one in three]
            found[f"{room}.{fused}.{kind}"] = torch.cat(parts)
    return found


def write(path: Path, *parts: Weights, strip: str = "", metadata: dict[str, str] | None = None) -> Path:
    """One safetensors file of all parts, their names without the prefix `strip`."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    together = {
        key.removeprefix(strip): value.contiguous().clone() for part in parts for key, value in part.items()
    }
    save_file(together, path, metadata=metadata)
    return path
