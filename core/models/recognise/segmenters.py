"""Segmentation models, which select on pictures what is pointed at, in both layouts they come in. A table."""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.signature import Signature, SignatureTable

SAM = "SAM 2"
SEGMENTERS = SignatureTable(
    (
        Signature(ModelKind.SEGMENTER, SAM, ("vision_encoder.backbone.", "prompt_encoder.", "mask_decoder.")),
        Signature(
            ModelKind.SEGMENTER, SAM, ("image_encoder.trunk.", "sam_prompt_encoder.", "sam_mask_decoder.")
        ),
    )
)
