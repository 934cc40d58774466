"""Upscalers and restorers of pictures, by the layers that their makers' own loaders look for. A table."""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.signature import Signature, SignatureTable


def _upscaler(name: str, *has: str, lacks: tuple[str, ...] = ()) -> Signature:
    return Signature(ModelKind.UPSCALER, name, has, lacks)


RESIDUAL = "layers.0.residual_group."
UPSCALERS = SignatureTable(
    (
        _upscaler("ESRGAN", "conv_first.weight", "body.0.rdb1.", lacks=("am_list.",)),
        _upscaler("ESRGAN", "conv_first.weight", "RRDB_trunk."),
        _upscaler("ESRGAN", "model.0.weight", "model.1.sub.0."),
        _upscaler("MM-RealSR", "conv_first.weight", "am_list."),
        _upscaler(
            "Real-ESRGAN Compact",
            "body.0.weight",
            "body.1.weight",
            lacks=("conv_first.weight", "conv_in.weight"),
        ),
        _upscaler(
            "SwinIR",
            f"{RESIDUAL}blocks.0.norm1.weight",
            f"{RESIDUAL}blocks.0.mlp.fc1.weight",
            lacks=(
                f"{RESIDUAL}overlap_attn.",
                f"{RESIDUAL}blocks.0.attn.aligned_relative_position_index",
                f"{RESIDUAL}blocks.0.attn.cpb_mlp.",
            ),
        ),
        _upscaler("Swin2SR", f"{RESIDUAL}blocks.0.attn.cpb_mlp."),
        _upscaler("SRFormer", f"{RESIDUAL}blocks.0.attn.aligned_relative_position_index"),
        _upscaler("HAT", f"{RESIDUAL}overlap_attn."),
        _upscaler("ATD", f"{RESIDUAL}layers.0.attn_atd."),
        _upscaler("CRAFT", f"{RESIDUAL}hf_blocks."),
        _upscaler("DAT", "before_RG.", "layers.0.blocks.0.attn.dwconv."),
        _upscaler("RGT", "before_RG.", "layers.0.blocks.0.gamma"),
        _upscaler("DRCT", "layers.0.swin1."),
        _upscaler("OmniSR", "residual_layer.", "input.weight"),
        _upscaler("SPAN", "block_1.c1_r."),
        _upscaler("PLKSR", "feats.0.weight", "feats.1.lk."),
        _upscaler("SAFMN", "to_feat.weight", "feats.0.safm."),
        _upscaler("SeemoRe", "body.0.local_block."),
        _upscaler("RCAN", "body.0.body.0.body.", "tail.1.weight"),
        _upscaler("Real-CUGAN", "unet1.conv1.conv.0.weight", "unet2."),
        _upscaler("SCUNet", "m_head.0.weight", "m_tail.0.weight"),
        _upscaler("AuraSR", "mid_attn.layers.", "final_res_block."),
        _upscaler("GFPGAN", "stylegan_decoder."),
        _upscaler("CodeFormer", "position_emb", "idx_pred_layer."),
        _upscaler(
            "RestoreFormer",
            "quantize.embedding.weight",
            "encoder.mid.attn_1.norm.weight",
            "encoder.conv_in.weight",
            lacks=("idx_pred_layer.", "encoder.mid.attn_1.q.weight"),
        ),
        _upscaler("Restormer", "encoder_level1.0.attn.temperature"),
        _upscaler("NAFNet", "intro.weight", "ending.weight", "encoders."),
    )
)
"""Families of weights that people keep beside their models, although none of them draws."""
