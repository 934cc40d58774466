"""The parameters of an edit: the one table that command line, grids, panels, tooltips and docs are fed from.

Type, default and range of a row are those of its field in EditRequest, where they are checked
(`core.bounds`). A parameter is added by its field there and its row here (CONTRIBUTING); what a row has in
`panel` gets a control in that panel. What one does to others: `core.edit.together`. No torch, no Qt.

Long, and whole: the table's order is that of options, axes and controls, and it is read and worded in one.
"""

from collections.abc import Mapping

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.diffusion.weight import Rescale, Shape
from core.edit.look_in import LookIn
from core.edit.method import Method
from core.edit.parameter import Option, Parameter, Slide
from core.edit.request import DEVICES, PREDICTIONS
from core.edit.words.weighted import PromptStyle
from resources import STARTER

MASKED = ("method", tuple(method for method in Method if method.masked))
INVERTS = ("method", tuple(method for method in Method if method.inverts))
FLOWS = ("method", tuple(method for method in Method if method.flows))
WALKS = ("method", tuple(method for method in Method if not method.flows))
VARIES = ("method", tuple(method for method in Method if not method.draws_anew))
PROJECTED = ("rescale", (Rescale.PROJECTED,))
SHARE = Slide(0, 1, 0.01, 2)
PERCENT = Slide(1, 100, 1, 0, "%", 100)

PARAMETERS = (
    # -- what to draw
    Parameter(
        "reference", "from", "What is there",
        "What the picture shows where it should change. Naming it makes the found region sharper. "
        "DiffEdit's reference text R.",
        "what is there (may be left out)", "TEXT", examples="a horse, an animal",
    ),
    Parameter(
        "query", "to", "What it should be",
        "What should be there instead. DiffEdit's query text Q.",
        "what it should be", "TEXT", examples="a zebra, a cow",
    ),
    Parameter(
        "avoid", "avoid", "Avoid",
        "What must not be drawn. Stands in for the empty text in guidance: the negative prompt.",
        "what must not be drawn", "TEXT", examples="a frame, a shadow",
    ),
    Parameter(
        "prompt_style", "prompt-style", "Prompts",
        "What brackets and long prompts mean.",
        "how prompts are read",
        options=(
            Option(
                PromptStyle.AUTO, "By the model",
                "With weights, but for the starter, which reads plain words.",
            ),
            Option(
                PromptStyle.PLAIN, "As plain words",
                "Every sign as it stands, cut where the model stops reading: 77 tokens with CLIP.",
            ),
            Option(
                PromptStyle.WEIGHTED, "With weights",
                "(zebra:1.3) weighs more, [stripes] less, BREAK parts; any length, 75 tokens at a time; "
                "textual inversions by name.",
            ),
        ),
        panel="edit",
    ),
    # -- the region
    Parameter(
        "find.threshold", "threshold", "Threshold",
        "How sure the model must be: lower takes in more. Cuts the found heat map, at once and without the "
        "model; brush strokes stay.",
        "cut of the heat map, 0…1", "F", slide=Slide(0.01, 0.99, 0.01, 2), examples="0.3, 0.4, 0.5",
        panel="mask", needs=(MASKED,),
    ),
    Parameter(
        "find.snap", "snap", "Follow the picture's edges",
        "The mask hugs what it has found. Without it its outline is as coarse as the model's own grid. "
        "Guided upsampling of the heat map; at once and without the model.",
        "let the found mask follow the picture's edges, or not", panel="edge", needs=(MASKED,),
    ),
    Parameter(
        "find.grow", "grow", "Grow",
        "Grow the found region by so many pixels of the photo; below 0 it shrinks. Dilation, erosion.",
        "grow the found mask by photo pixels; negative shrinks", "PX", slide=Slide(-64, 64, unit="px"),
        examples="0, 4, 8", panel="edge", needs=(MASKED,),
    ),
    Parameter(
        "find.clicks", "clicks", "Clicks",
        "What of the found region is meant and what isn't: each place of it goes to the nearer click, along "
        "the picture's edges. At once and without the model.",
        "clicks on the found region, in pixels of the photo with blanks between: X,Y on what is meant, "
        "not:X,Y on what isn't", "CLICKS", examples='"", "120,80"', needs=(MASKED,),
    ),
    Parameter(
        "feather", "feather", "Softness",
        "Over how many pixels of the photo the edit fades into the rest when it is pasted back; the mask is "
        "shown so. 0: its edges are crisp. Feather of the paste.",
        "fade of the paste-back (an edit's default: 1 %% of the shorter side)", "PX",
        slide=Slide(0, 64, unit="px"), examples="0, 4, 8", panel="edge", needs=(MASKED,), also="mask blur",
    ),
    Parameter(
        "find.draws", "draws", "Draws",
        "How many noises the region is looked for with, at most: more is surer and slower. DiffEdit's n.",
        "noise draws of the search, at most", "N", examples="5, 10, 20", needs=(MASKED,),
    ),
    Parameter(
        "find.settle", "settle", "Settle",
        "The search ends once a draw more moves the heat map by no more than this share; 0 takes every draw.",
        "stop drawing once a draw moves the heat map by no more than this share; 0 never", "S",
        examples="0, 0.08, 0.16", needs=(MASKED,),
    ),
    Parameter(
        "find.strength", "mask-strength", "Mask's noise",
        "How noisy the picture is made for the search. Noise level of the draws, a share of the schedule.",
        "noise level of the draws as a share of the schedule, 0…1 (without: the model's own)", "S",
        slide=PERCENT, examples="0.3, 0.5, 0.7", needs=(MASKED,),
    ),
    Parameter(
        "find.rule", "mask-rule", "Found by",
        "What of the model's predictions makes the region.",
        "what makes the region: evidence, where the predictions for the two prompts differ and those for "
        "what is there are the truer ones; or difference, wherever they differ",
        options=(
            Option(
                Rule.EVIDENCE, "Evidence",
                "Where the two prompts disagree and what is there is the truer one: a neighbour of what is "
                "meant stays out. Squared errors of both predictions against the known noise.",
            ),
            Option(
                Rule.DIFFERENCE, "Difference",
                "Wherever the two prompts disagree, as DiffEdit's paper has it: the mean of |ε̂_Q − ε̂_R|.",
            ),
        ),
        panel="edit", needs=(MASKED,),
    ),
    Parameter(
        "find.look_in", "look-in", "Look in",
        "What of the picture the model sees while it looks for the region. A small thing is found in an area "
        "round it, seen at the model's own resolution, and hardly in the whole picture.",
        "where the region is looked for: zoom, in the area where that is a box, and else in the whole "
        "picture and twice again in a frame round what was found; area, likewise, but in the whole picture "
        "once; whole, in all of it whatever the area; or place, as area, but without a box the place is "
        "looked for first, in windows of several sizes",
        options=(
            Option(
                LookIn.ZOOM, "Picture, then closer",
                "In the frame where one is drawn. Else in the whole picture, and twice again in a frame "
                "round what was found, where the picture is larger than the model's view.",
            ),
            Option(
                LookIn.AREA, "Picture, once", "In the frame where one is drawn, else in the whole picture."
            ),
            Option(LookIn.WHOLE, "Whole picture", "In all of it, whatever the area of the edit."),
            Option(
                LookIn.PLACE, "The place, by itself",
                "The place is looked for first, in windows of several sizes: for small things in large "
                "pictures. It costs a few hundred evaluations, and may be wrong; a frame ends it.",
            ),
        ),
        panel="edit", needs=(MASKED,),
    ),
    Parameter(
        "find.clamp", "clamp", "Scale of the heat",
        "What of the difference is 1 on the heat map, and what is 0.",
        "what is 1 on the heat map: range, the hottest there is, and 0 the coldest; peak, the 99th "
        "percentile of the difference; or mean, three times its mean",
        options=(
            Option(Clamp.RANGE, "Coldest to hottest", "From its own coldest to its own hottest."),
            Option(Clamp.PEAK, "Peak", "1 is the 99th percentile of the difference, 0 is none."),
            Option(Clamp.MEAN, "Mean", "1 is three times the mean difference, as in diffusers' pipeline."),
        ),
        needs=(MASKED,),
    ),
    Parameter(
        "find.centre", "centre", "Centred where named alone",
        "Where what is there is looked for without a word of what it should be, the default threshold is the "
        "middle of what was found, however strong or faint that is; of what is removed it isn't. A power of "
        "the heat map brings its mean weighted by itself, Σh²/Σh, to that threshold.",
        "without --to: let the default threshold be the middle of what was found, or not",
        needs=(("query", ("",)), MASKED),
    ),
    # -- the edit
    Parameter(
        "method", "method", "Method",
        "What is repainted, and what the repainting starts from.",
        "what is repainted, and what it starts from",
        options=(
            Option(
                Method.DIFFEDIT, "Region, keeps its form",
                "The masked region, from the picture's own structure: DiffEdit (inversion).",
            ),
            Option(
                Method.MASKED_SDEDIT, "Region, drawn anew",
                "The masked region, from fresh noise: masked SDEdit.",
            ),
            Option(
                Method.ENCODE_DECODE, "All, keeps its form",
                "The whole picture, from its own structure: encode–decode (inversion).",
            ),
            Option(Method.SDEDIT, "All, drawn anew", "The whole picture, from fresh noise: SDEdit."),
            Option(
                Method.MASKED_FLOWEDIT, "Region, FlowEdit",
                "The masked region, by what the two prompts make different at every step, without inversion: "
                "FlowEdit.",
            ),
            Option(
                Method.FLOWEDIT, "All, FlowEdit",
                "The whole picture, by what the two prompts make different at every step: FlowEdit.",
            ),
        ),
        panel="edit", also="img2img inpaint",
    ),
    Parameter(
        "change", "change", "Change",
        "How far the picture is taken back to noise: little keeps, much changes. DiffEdit's encoding ratio "
        "r, SDEdit's strength; FlowEdit's n_max as a share of the steps.",
        "how far back to noise: encoding ratio, of flowedit n_max over the steps, 0…1", "R", slide=PERCENT,
        examples="0.4, 0.6, 0.8, 1", panel="edit", also="denoising denoise strength",
    ),
    Parameter(
        "steps", "steps", "Steps",
        "In how many steps noise becomes a picture: more is finer and slower.",
        "steps of the whole schedule", "N", slide=Slide(5, 100), examples="10, 20, 50", panel="edit",
    ),
    Parameter(
        "solver", "solver", "Solver",
        "How the picture is taken to noise and back.",
        "the walk to noise and back",
        options=(
            Option(Solver.DDIM, "DDIM", "One evaluation a step, first order: the plain walk."),
            Option(
                Solver.DPM, "DPM++ 2M",
                "As good in fewer steps, at the same cost a step: DPM-Solver++, second order.",
            ),
            Option(
                Solver.FIXED_POINT, "DDIM, fixed-point",
                "The way to noise is mended until it leads back: fixed-point inversion of DDIM.",
            ),
            Option(
                Solver.EDIT_FRIENDLY, "Edit-friendly DDPM",
                "Keeps what each step misses: few steps keep the form, another seed draws another picture.",
            ),
        ),
        panel="edit", needs=(WALKS,), also="sampler scheduler",
    ),
    Parameter(
        "iterations", "iterations", "Iterations",
        "How often each step to noise is mended until it leads back. Fixed-point iterations.",
        "of the fixed-point solver at each step", "K", slide=Slide(1, 10), examples="1, 2, 4", panel="edit",
        needs=(("solver", (Solver.FIXED_POINT,)), INVERTS),
    ),
    Parameter(
        "time_shift", "time-shift", "Time shift",
        "How much less noise the picture is given than the model is told: 20 % for models distilled for "
        "few steps, else none. TurboEdit's shift, a share of the schedule.",
        "edit-friendly: so much of the schedule less noise than the model is told; for distilled models",
        "S", slide=Slide(0, 50, 1, 0, "%", 100), examples="0, 0.1, 0.2", panel="edit",
        needs=(("solver", (Solver.EDIT_FRIENDLY,)), INVERTS),
    ),
    Parameter(
        "flow.source_guidance", "source-guidance", "Source scale",
        "How strongly what is there is exaggerated before it is taken away: 1 not at all, at half the cost. "
        "Beside it the guidance scale is the target's. FlowEdit's source guidance.",
        "flowedit: guidance scale of what is there", "G", slide=Slide(0, 10, 0.1, 1), examples="1, 1.5, 3.5",
        panel="edit", needs=(FLOWS,),
    ),
    Parameter(
        "flow.n_avg", "n-avg", "Noises a step",
        "Over how many noises each step is averaged: more is smoother, at as many times the cost. FlowEdit's "
        "n_avg.",
        "flowedit: noises that each step is averaged over", "N", slide=Slide(1, 8), examples="1, 2, 4",
        panel="edit", needs=(FLOWS,),
    ),
    Parameter(
        "flow.n_min", "n-min", "Free steps",
        "How many of the last steps follow what it should be alone, away from the picture: 0 none. "
        "FlowEdit's n_min.",
        "flowedit: last steps that are drawn by what it should be alone", "N", slide=Slide(0, 20),
        examples="0, 2, 4", panel="edit", needs=(FLOWS,),
    ),
    Parameter(
        "area", "area", "Area",
        "What the model works on, at its own resolution. Used with a mask. A box is looked into for the "
        "region, too.",
        "what the model works on; in a box it looks for the region, too", "whole|auto|X,Y,W,H",
        options=(
            Option("whole", "Whole picture", "It sees everything, in less detail."),
            Option(
                "auto", "Round the mask",
                "It sees the mask's box with context, so that small things in large photos are fine.",
            ),
        ),
        examples="whole, auto", panel="edit", needs=(MASKED,), also="only masked padding resolution",
    ),
    Parameter(
        "seed", "seed", "Seed",
        "The number all random draws start from: the same seed and settings give the same picture.",
        "of all random draws", "N", examples="0, 1, 2, 3", panel="run",
    ),
    Parameter(
        "variation", "variation", "Variation",
        "How much of the region's own structure gives way to fresh noise, so that another seed draws another "
        "picture: 0 none, 1 all of it. Spherical interpolation v of the noise.",
        "fresh noise inside the mask, 0…1", "V", slide=SHARE, examples="0, 0.3, 0.6", panel="edit",
        needs=(VARIES,), also="subseed",
    ),
    # -- guidance
    Parameter(
        "guidance.scale", "guidance", "Scale",
        "How strongly the prompt pulls: 1 is the prompt alone, higher exaggerates it, 0 ignores it. "
        "Classifier-free guidance scale g.",
        "guidance scale", "G", slide=Slide(0, 20, 0.1, 1), examples="3, 5, 7.5, 15", panel="guidance",
        also="cfg",
    ),
    Parameter(
        "guidance.decay", "decay", "Decay",
        "How far the pull of the prompt has faded at the last step: 0 stays constant, 1 goes all the way to "
        "“Ends at”. Decay D of the guidance weight.",
        "0 constant … 1 full decay", "D", slide=SHARE, examples="0, 0.5, 1", panel="decay",
    ),
    Parameter(
        "guidance.decay_to", "decay-to", "Ends at",
        "Where a full decay ends.",
        "where a decay ends: 1 prompt only, 0 prompt ignored",
        options=(
            Option(
                1, "1, the prompt alone",
                "The prompt is followed but no longer exaggerated; such steps cost half (w = 1).",
            ),
            Option(
                0, "0, prompt ignored",
                "The last steps don't look at the prompt at all (w = 0, unconditional).",
            ),
        ),
        panel="decay",
    ),
    Parameter(
        "guidance.shape", "shape", "Shape",
        "How the decay runs from the first step to the last.",
        "of the decay",
        options=(
            Option(Shape.LINEAR, "Linear", "Evenly."),
            Option(Shape.COSINE, "Cosine", "Slow at both ends, fast in the middle."),
            Option(Shape.EXPONENTIAL, "Exponential", "Most of it in the first steps."),
        ),
        panel="decay",
    ),
    Parameter(
        "guidance.interval", "interval", "Only in between",
        "The scale holds between these two; elsewhere the weight is 1, the prompt alone, at half the cost. "
        "0 is the first step, 1 the last. Guidance interval A:B.",
        "guide only at this progress, 0…1; 1 outside", "A:B", examples="0:0.5, 0.2:0.8, none",
    ),
    Parameter(
        "guidance.curve", "curve", "Free curve",
        "Through the points that you drag, joined by a monotone cubic.",
        'free guidance curve, such as "0:7.5,0.5:4,1:1"', '"P:W,…"', examples="0:7.5 1:1, 0:3",
    ),
    Parameter(
        "rescale", "rescale", "Rescale",
        "Keeps strong guidance from overshooting.",
        "of the guided prediction",
        options=(
            Option(Rescale.OFF, "Off", "Plain classifier-free guidance."),
            Option(
                Rescale.PREDICTION, "Prediction",
                "The result keeps the length of the unguided prediction, p·‖u‖/‖p‖: safe, adds texture.",
            ),
            Option(
                Rescale.UPDATE, "Update",
                "The pull has the same length at every step, (t−u)·‖u‖/‖t−u‖: changes the composition.",
            ),
            Option(Rescale.BOTH, "Both", "The update, then the prediction."),
            Option(
                Rescale.STD, "Contrast",
                "Brings the contrast back to the prompt's own prediction: std rescale, φ = 0.7.",
            ),
            Option(
                Rescale.PROJECTED, "Projected",
                "Leaves out the part of the pull that only strengthens colours that are there: adaptive "
                "projected guidance (APG).",
            ),
        ),
        panel="combining",
    ),
    Parameter(
        "pseudo_guidance", "pseudo-guidance", "Away from what is there",
        "The pull leads away from what is there instead of from no words at all, unless something is to be "
        "avoided. Pseudo-guidance (TurboEdit): for models distilled for few steps, also those that were "
        "taught to do without guidance; 1.5 is much there.",
        "guidance leads away from what is there, or not; for distilled models", panel="combining",
    ),
    Parameter(
        "projection.eta", "eta", "Parallel",
        "How much is kept of the part of the pull that only makes what is there stronger: 0 none, 1 all, as "
        "without projection. η of projected guidance.",
        "projected: share kept of the parallel part", "E", slide=SHARE, examples="0, 0.5, 1",
        panel="combining", needs=(PROJECTED,),
    ),
    Parameter(
        "projection.radius", "radius", "Radius",
        "The longest that the pull may be at a step; 0 sets no limit. Norm threshold r of projected "
        "guidance, on x̂0: it grows with the side of the picture.",
        "projected: cap of the update's norm on x̂0; 0 none", "R", slide=Slide(0, 20, 0.1, 1),
        examples="0, 5, 10", panel="combining", needs=(PROJECTED,),
    ),
    Parameter(
        "skip", "skip", "Skip at",
        "From the step on at which the predictions with and without your prompt point this much the same "
        "way, only the prompt's is asked for, at half the cost; 1 never skips. Adaptive guidance: cos(t, u) "
        "of x̂0 inside the mask, the dotted line below.",
        "once the two predictions are this parallel, decode by the prompt alone; 1 never", "COS",
        slide=Slide(0.98, 1, 0.0005, 4), examples="0.9, 0.99, 1", panel="combining",
    ),
    Parameter(
        "kappa", "kappa", "κ",
        "How long the pull is beside the prediction, on the mean: what brings rescaled updates to the scale "
        "of plain ones. Mean ‖t−u‖/‖u‖ of the model.",
        "mean ‖t−u‖/‖u‖ (without: the model's own)", "K", examples="none, 0.05",
        needs=(("rescale", (Rescale.UPDATE, Rescale.BOTH)),),
    ),
    # -- a target
    Parameter(
        "target.colour", "colour-target", "Colour",
        "The mean colour that the region should come to. Loss guidance, without an evaluation.",
        "steer the region's mean colour there", "#RRGGBB", examples="none, #c83232, #3264c8",
    ),
    Parameter(
        "target.brightness", "brightness-target", "Brightness",
        "The mean brightness that the region should come to: 0 black, 100 white. Mean luma.",
        "steer the region's mean brightness there, 0 black … 1 white", "L",
        slide=Slide(0, 100, 1, 0, "%", 100), examples="none, 0.3, 0.7",
    ),
    Parameter(
        "target.strength", "target-strength", "Strength",
        "How far towards the target each step goes: 0 not at all, 1 all the way. Step size k.",
        "share of the way to the target that each step goes", "K", slide=SHARE, examples="0.25, 0.5, 1",
        panel="target",
    ),
    Parameter(
        "target.until", "target-until", "Until",
        "How many of the steps are steered, from the first on: few set the tone and leave the rest to the "
        "model. Window of the loss guidance.",
        "share of the steps that are steered", "P", slide=PERCENT, examples="0.2, 0.4, 0.8", panel="target",
    ),
    # -- where it runs
    Parameter(
        "model", "model", "Model",
        "The model that draws.",
        f"folder, .safetensors file or hub name (“{STARTER}” ships with the program)", "MODEL",
    ),
    Parameter(
        "prediction", "prediction", "Prediction",
        "What the model's network was trained to say, where its file doesn't tell or is wrong: the noise, ε, "
        "or the velocity, v. Prediction type of a U-Net.",
        "what the U-Net predicts (without: as the model's files or its card say)",
        options=(
            Option(PREDICTIONS[0], "Noise (ε)", "The noise in the picture: most models."),
            Option(PREDICTIONS[1], "Velocity (v)", "Noise and picture at once: SD 2 at 768 px, NoobAI v."),
        ),
        examples="epsilon, v, none",
    ),
    Parameter(
        "zero_snr", "zero-snr", "Zero SNR",
        "The model's schedule ends in nothing but noise, so that very dark and very bright pictures can come "
        "out. Zero terminal SNR; of v models only.",
        "the schedule ends in nothing but noise (without: as the model's files or its card say)",
        examples="on, off, none",
    ),
    Parameter(
        "clip_skip", "clip-skip", "Clip skip",
        "Which layer of the text encoder is read: 1 the last one, 2 the one before it, as many models of "
        "drawings were trained. Of Stable Diffusion 1 and 2; SDXL and 3 always read the last but one.",
        "layer of the text encoder that is read, from the last one on (without: the model's own)", "N",
        slide=Slide(1, 12), examples="1, 2",
    ),
    Parameter(
        "vae", "vae", "VAE",
        "Turns pixels into the model's latents and back, in the place of the model's own: SDXL's for half "
        "precision, or one with finer colours. The variational autoencoder.",
        "file or folder of a VAE to use instead of the model's own", "FILE",
    ),
    Parameter(
        "device", "device", "Device",
        "What the model computes on.",
        "what to compute on",
        options=tuple(Option(device, device, "") for device in DEVICES), examples="auto, cpu",
    ),
)  # fmt: skip


def by_name() -> Mapping[str, Parameter]:
    """Every parameter by its short name, in the order of the table."""
    return {row.name: row for row in PARAMETERS}


def named(name: str) -> Parameter | None:
    """A parameter by its short name or its field, None for another word."""
    return by_name().get(name) or next(
        (row for row in PARAMETERS if row.field == name.replace("-", "_")), None
    )
