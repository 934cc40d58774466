"""The one table of what can be done: menus, tool bar, palette and list of shortcuts are made from it."""

import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

Std = QKeySequence.StandardKey
Key = Std | str
CONTEXT = "Actions"


@dataclass(frozen=True)
class Action:
    """One action.

    menu     the menu it stands in
    slot     attribute path on the window of what it calls ("files.open")
    keys     shortcuts, the first of them shown, unless the user or another set of keys has others
    held     the window watches the key, for it acts while it is down
    group    actions of which exactly one is checked; what is called of a tool is given its id
    once     a key that is held calls it once
    submenu  the name under which a menu made at run time is found, instead of an action
    also     what else it is looked for by, as other programs call it: words that are never shown
    """

    id: str
    menu: str
    text: str
    slot: str
    keys: tuple[Key, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False
    held: bool = False
    once: bool = False
    group: str = ""
    submenu: str = ""
    also: str = ""


def _t(text: str) -> str:
    """Marks a text of the table for translation (lupdate: -tr-function-alias tr+=_t)."""
    return text


FILE, EDIT, MASK, LAYER, MODEL, MANY, VIEW, WINDOW, HELP = (
    _t("&File"), _t("&Edit"), _t("&Mask"), _t("&Layer"), _t("Mo&del"), _t("T&ools"), _t("&View"),
    _t("&Window"), _t("&Help"),
)  # fmt: skip
MENUS = (FILE, EDIT, MASK, LAYER, MODEL, MANY, VIEW, WINDOW, HELP)
RECENT, SAMPLES, THEME = _t("Open &Recent"), _t("Open a Sa&mple"), _t("&Theme")
LINE = None  # a separator between two entries of a menu

TABLE: tuple[Action | None, ...] = (
    Action("open", FILE, _t("&Open…"), "files.open", (Std.Open,), "folder-open",
           _t("Open a picture or a project"), also=_t("load image picture photo")),
    Action("recent", FILE, RECENT, "", submenu="recent"),
    Action("samples", FILE, SAMPLES, "", submenu="samples"),
    LINE,
    Action("save", FILE, _t("&Save Project"), "files.projects.save", (Std.Save,), "floppy-disk",
           _t("Photo, layers, mask, prompts and undo in one file, which Krita and GIMP open too"),
           also=_t("store ora write")),
    Action("save-as", FILE, _t("Save Project &As…"), "files.projects.save_as", ("Ctrl+Shift+S",), "",
           _t("Save under another name from now on")),
    LINE,
    Action("export", FILE, _t("&Export…"), "files.exports.export", ("Ctrl+E",), "export",
           _t("Write the picture with its edits to a file; the name's ending says the format"),
           also=_t("save as png jpeg jpg tiff webp avif flatten write image")),
    Action("export-again", FILE, _t("Export A&gain"), "files.exports.export_again", ("Ctrl+Shift+E",), "",
           _t("Write to the same file in the same way as last time")),
    LINE,
    Action("close", FILE, _t("&Close"), "files.close", (Std.Close,), "",
           _t("Close this picture; what no file holds is asked about")),
    Action("quit", FILE, _t("E&xit") if sys.platform == "win32" else _t("&Quit"), "close", (Std.Quit,), "",
           _t("End the program; what no file holds is asked about")),
    Action("undo", EDIT, _t("&Undo"), "undo", (Std.Undo,), "arrow-u-up-left",
           _t("Take back what was done last; the words stay, to be tried otherwise")),
    Action("redo", EDIT, _t("&Redo"), "document.redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "arrow-u-up-right",
           _t("Bring back what was taken back")),
    LINE,
    Action("copy", EDIT, _t("&Copy Picture"), "files.exports.copy", (Std.Copy,), "copy",
           _t("Copy the picture as shown to the clipboard"), also=_t("clipboard merged flatten")),
    Action("paste", EDIT, _t("&Paste as New Picture"), "files.paste", (Std.Paste,), "clipboard",
           _t("Open the picture that is on the clipboard"), also=_t("clipboard new")),
    LINE,
    Action("swap", EDIT, _t("S&wap Prompts"), "panels.prompts.swap_prompts", ("X",), "arrows-down-up",
           _t("What is there becomes what it should be, and the other way round")),
    Action("more-weight", EDIT, _t("&More Weight"), "panels.prompts.more_weight", ("Ctrl+Up",), "",
          _t("The word under the cursor, or what is selected, weighs a tenth more: (word:1.1)")),
    Action("less-weight", EDIT, _t("&Less Weight"), "panels.prompts.less_weight", ("Ctrl+Down",), "",
          _t("The word under the cursor, or what is selected, weighs a tenth less: (word:0.9)")),
    Action("presets", EDIT, _t("Presets"), "", submenu="presets",
           tip=_t("Settings that you keep under a name, all of them or the guidance alone"),
           also=_t("styles favourites favorites")),
    LINE,
    Action("pan", EDIT, _t("P&an Tool"), "canvas.set_tool", ("H",), "hand",
           _t("Pan: drag the picture about (Space held does it in every tool)"), group="tool",
           also=_t("hand move scroll")),
    Action("rectangle", EDIT, _t("Rectan&gle Tool"), "canvas.set_tool", ("R",), "selection",
           _t("Rectangle: mask what lies in it; Shift adds, Alt takes away, both keep the overlap"),
           group="tool", also=_t("marquee select box")),
    Action("ellipse", EDIT, _t("Ell&ipse Tool"), "canvas.set_tool", ("J",), "circle-dashed",
           _t("Ellipse: mask what lies in it; Shift adds, Alt takes away, both keep the overlap"),
           group="tool", also=_t("marquee select oval circle")),
    Action("lasso", EDIT, _t("La&sso Tool"), "canvas.set_tool", ("L",), "scribble-loop",
           _t("Lasso: drag, or click corner by corner; Shift adds, Alt takes away, both keep the overlap"),
           group="tool", also=_t("freehand polygon select outline")),
    Action("wand", EDIT, _t("Colour Wan&d Tool"), "canvas.set_tool", ("W",), "magic-wand",
           _t("Colour wand: mask what has the colour of the pixel you press; Shift adds, Alt takes away"),
           group="tool", also=_t("magic fuzzy contiguous similar color select")),
    Action("object", EDIT, _t("Select Ob&ject Tool"), "canvas.set_tool", ("O",), "selection-plus",
           _t("Select object: click it, or drag a box round it; Shift adds, Alt takes away. "
              "By SAM 2.1; without it by colours and edges"),
           group="tool", also=_t("segment sam quick smart subject click")),
    Action("clicks", EDIT, _t("&Keep and Drop Tool"), "canvas.set_tool", ("K",), "plus-minus",
           _t("Keep and drop: click what is meant, Alt- or right-click what isn't"), group="tool",
           also=_t("positive negative points refine")),
    Action("brush", EDIT, _t("&Brush Tool"), "canvas.set_tool", ("B",), "paint-brush",
           _t("Brush: paint what the mask shall hold"), group="tool", also=_t("paint draw pen")),
    Action("eraser", EDIT, _t("&Eraser Tool"), "canvas.set_tool", ("E",), "eraser",
           _t("Eraser: take away from the mask"), group="tool", also=_t("erase rub out")),
    Action("gradient", EDIT, _t("Gradie&nt Tool"), "canvas.set_tool", ("Shift+G",), "square-half",
           _t("Gradient: a mask that fades from where you begin to drag to where you end"), group="tool",
           also=_t("fade linear radial")),
    Action("transform", EDIT, _t("&Transform Mask Tool"), "canvas.set_tool", ("T", "Ctrl+T"), "bounding-box",
           _t("Transform: move, scale and turn the mask by a box; Enter makes it so, Escape takes it back"),
           group="tool", also=_t("scale rotate move resize warp")),
    Action("area", EDIT, _t("Area T&ool"), "canvas.set_tool", ("C",), "crop",
           _t("Area: a frame in which Find looks and the model works, at its own resolution"), group="tool",
           also=_t("crop region only masked")),
    LINE,
    Action("smaller", EDIT, _t("Smaller Brush"), "brush.smaller", ("[",), "",
           _t("Brush size down by a sixth")),
    Action("larger", EDIT, _t("Larger Brush"), "brush.larger", ("]",), "",
           _t("Brush size up by a fifth")),
    Action("softer", EDIT, _t("Softer Brush"), "brush.softer", ("{",), "",
           _t("Brush hardness down by 10 %")),
    Action("harder", EDIT, _t("Harder Brush"), "brush.harder", ("}",), "",
           _t("Brush hardness up by 10 %")),
    LINE,
    Action("preferences", EDIT, _t("Pre&ferences…"), "helps.preferences", (Std.Preferences, "Ctrl+,"), "gear",
           _t("Looks, memory and folders, for every picture"),
           also=_t("settings options configure theme memory")),
    Action("find", MASK, _t("&Find It"), "runs.asks.find", ("Ctrl+F",), "magic-wand",
           _t("Find the region where the two prompts disagree about the picture (DiffEdit's mask), and put "
              "it into the mask by the mode that is chosen"),
           also=_t("detect segment select auto heat map diffedit")),
    Action("own-mask", MASK, _t("Keep This Mask"), "masks.own", (), "",
           _t("What was found stays the mask, whatever the words become")),
    LINE,
    Action("whole", MASK, _t("Select &All"), "masks.whole", (Std.SelectAll,), "selection-all",
           _t("Mask the whole picture"), also=_t("everything")),
    Action("clear", MASK, _t("&Clear"), "masks.clear", ("Ctrl+D", "Ctrl+Shift+A"), "selection-slash",
           _t("Take away the mask, found or painted"), also=_t("deselect none unselect remove mask reset")),
    Action("invert", MASK, _t("&Invert"), "operations.invert", ("Ctrl+I", "Ctrl+Shift+I"),
           "selection-inverse", _t("Mask what is not masked, and the other way round"),
           also=_t("inverse reverse")),
    LINE,
    Action("mode-replace", MASK, _t("Mode: Re&place"), "selecting.replace", (), "",
           _t("Replace: the selection becomes the mask"), group="mode"),
    Action("mode-add", MASK, _t("Mod&e: Add"), "selecting.add", (), "",
           _t("Add: the mask holds the selection too (Shift held as it begins)"), group="mode"),
    Action("mode-subtract", MASK, _t("Mode: S&ubtract"), "selecting.subtract", (), "",
           _t("Subtract: the selection is taken from the mask (Alt or the right mouse button as it begins)"),
           group="mode"),
    Action("mode-intersect", MASK, _t("Mode: Intersect"), "selecting.intersect", (), "",
           _t("Intersect: what is in both stays masked (Shift and Alt, or Shift and the right mouse button)"),
           group="mode"),
    LINE,
    Action("grow", MASK, _t("&Grow"), "operations.grow", ("Ctrl+Shift++", "Ctrl+Shift+="), "",
           _t("Grow the mask by 4 px"), also=_t("expand dilate enlarge")),
    Action("shrink", MASK, _t("&Shrink"), "operations.shrink", ("Ctrl+Shift+-",), "",
           _t("Shrink the mask by 4 px"), also=_t("contract erode")),
    Action("grow-by", MASK, _t("Gro&w by…"), "operations.grow_by", (), "",
           _t("Move the mask's edge outwards by so many pixels"), also=_t("expand dilate enlarge")),
    Action("shrink-by", MASK, _t("Shri&nk by…"), "operations.shrink_by", (), "",
           _t("Move the mask's edge inwards by so many pixels"), also=_t("contract erode")),
    Action("smooth", MASK, _t("Sm&ooth…"), "operations.smooth", (), "",
           _t("Round the mask's outline: thin gaps and spikes go")),
    Action("border", MASK, _t("&Border…"), "operations.border", (), "",
           _t("Mask a band along the mask's edge instead"), also=_t("outline stroke edge")),
    Action("feather", MASK, _t("Feathe&r…"), "operations.feather", ("Shift+F6",), "",
           _t("Let the mask fade over so many pixels to either side of its edge"), also=_t("blur soften")),
    Action("fill", MASK, _t("Fill &Holes"), "operations.fill", (), "paint-bucket",
           _t("Mask whatever the mask encloses")),
    Action("islands", MASK, _t("Remove Islan&ds…"), "operations.islands", (), "",
           _t("Take small parts by themselves from the mask"), also=_t("specks dust clean despeckle")),
    LINE,
    Action("keep-mask", MASK, _t("&Keep under a Name"), "kept.keep", (), "",
           _t("Keep the mask of now in the list of masks by name: part of the project, and undone"),
           also=_t("save selection channel")),
    Action("kept-masks", MASK, _t("Masks b&y Name"), "kept.show", ("Ctrl+Alt+K",), "",
           _t("The masks that are kept: one replaces the mask, is added, subtracted or intersected with it"),
           also=_t("channels load selection saved")),
    Action("mask-from-layer", MASK, _t("Mask from the &Layer"), "kept.from_layer", (), "",
           _t("The chosen layer's own mask, by the mode that is chosen over the canvas"),
           also=_t("load selection")),
    Action("mask-from-transparency", MASK, _t("Mask from &Transparency"), "kept.from_transparency", (), "",
           _t("Where the photo lets through, by the mode that is chosen over the canvas"),
           also=_t("alpha opaque load selection")),
    LINE,
    Action("import-mask", MASK, _t("I&mport…"), "masks.load", (), "download-simple",
           _t("Take a grey picture of the same size as the mask: white is masked")),
    Action("export-mask", MASK, _t("E&xport…"), "masks.save", (), "upload-simple",
           _t("Write the mask as a grey PNG of the picture's size"), also=_t("save png alpha")),
    Action("save-heat", MASK, _t("Save Heat Map…"), "masks.save_heat", (), "fire",
           _t("Write the heat map that the mask was cut from as a PNG")),
    Action("repaint", LAYER, _t("&Repaint"), "panels.run.ask", ("Ctrl+Return", "Ctrl+Enter"), "sparkle",
           _t("Repaint what is masked; without a mask it is found first. Again: the next seed, as a variant"),
           once=True, also=_t("generate inpaint run render draw start edit")),
    Action("remove", LAYER, _t("Remove What Is &There"), "runs.asks.remove", ("Shift+F5", "Shift+Del"), "",
           _t("Take away what is masked or, without a mask, what the first prompt names, shadow and all"),
           once=True, also=_t("erase delete object heal clone content aware fill cleanup inpaint")),
    Action("stop", LAYER, _t("&Stop"), "runs.stop", ("Esc",), "stop",
           _t("Stop after the evaluation that is running; what there is can be kept"),
           also=_t("cancel abort interrupt")),
    LINE,
    Action("variants-keep", LAYER, _t("Keep the Shown &Variant"), "runs.variants.keep", (), "check",
           _t("What is shown becomes the layer, what is marked hidden layers over it; the others go")),
    Action("variants-none", LAYER, _t("Keep None o&f the Variants"), "runs.variants.keep_none", (), "",
           _t("The picture stays as it was")),
    Action("variants-grid", LAYER, _t("Variants as a &Grid"), "runs.variants.strip.set_grid", ("G",),
           "squares-four", _t("All variants that are to be chosen from side by side"), checkable=True,
           also=_t("compare side-by-side contact sheet")),
    LINE,
    Action("run-again", LAYER, _t("Run &Again with Another Seed"), "again.with_another_seed", ("Ctrl+R",),
           "arrows-clockwise",
           _t("Draw the chosen layer once more from another seed; what is shown now is kept as a variant"),
           once=True, also=_t("regenerate reroll retry seed")),
    Action("run-again-now", LAYER, _t("Run Again with the Present Settings"), "again.with_present_settings",
           ("Ctrl+Shift+R",), "",
           _t("Draw in the chosen layer's place with the prompts, settings, model and mask of now"),
           once=True, also=_t("regenerate redo")),
    Action("variant-next", LAYER, _t("Ne&xt Variant"), "layers.next_variant", ("Alt+V",), "",
           _t("Show another of the drawings in the chosen layer's place")),
    Action("variant-keep", LAYER, _t("Keep the Next Variant as a La&yer"), "layers.keep_variant", (), "",
           _t("The next of the other drawings becomes a hidden layer of its own")),
    Action("variant-drop", LAYER, _t("Dr&op This Variant"), "layers.drop_variant", (), "",
           _t("Forget the drawing that is shown, and show the next one")),
    LINE,
    Action("layer-show", LAYER, _t("Show or &Hide"), "layers.toggle", ("Ctrl+Alt+H",), "eye",
           _t("Show the picture with or without the chosen layers"), also=_t("visibility toggle eye")),
    Action("layer-rename", LAYER, _t("Re&name"), "panels.layers.rename", ("F2",), "",
           _t("Call the chosen layer otherwise")),
    Action("layer-duplicate", LAYER, _t("D&uplicate"), "layers.duplicate", ("Ctrl+J",), "",
           _t("The chosen layer once more, just above"), also=_t("copy clone")),
    Action("layer-merge", LAYER, _t("&Merge Down"), "layers.merge_down", ("Ctrl+Shift+M",), "",
           _t("Make one layer of the chosen one and the one below, or of several that are chosen"),
           also=_t("flatten combine collapse")),
    Action("layer-up", LAYER, _t("Move U&p"), "layers.up", ("Ctrl+]",), "", _t("Over the layer above it"),
           also=_t("raise bring forward")),
    Action("layer-down", LAYER, _t("Move Do&wn"), "layers.down", ("Ctrl+[",), "",
           _t("Under the layer below it"), also=_t("lower send backward")),
    Action("layer-delete", LAYER, _t("&Delete"), "layers.delete", (), "trash",
           _t("Remove what is chosen; undo brings it back"), also=_t("remove trash")),
    LINE,
    Action("layer-mask", LAYER, _t("Wor&k on Its Mask"), "layers.work_on_mask", ("Ctrl+Alt+M",), "selection",
           _t("Brush and eraser work on the chosen layer's own mask, which is shown"), checkable=True,
           also=_t("edit layer mask")),
    Action("layer-recipe", LAYER, _t("R&ecipe…"), "layers.recipe", (), "list",
           _t("What the chosen layer was drawn with, beside the settings of now")),
    Action("layer-settings", LAYER, _t("Use These Sett&ings"), "layers.use_settings", (), "",
           _t("Put the prompts and settings of the chosen layer into the panels: its recipe")),
    Action("choose-model", MODEL, _t("&Choose a Model"), "", submenu="models", also=_t("checkpoint switch")),
    Action("get-model", MODEL, _t("&Get a Model…"), "models.get", (), "download-simple",
           _t("Models for photographs and more: what each is good at, its size, and whether it fits here"),
           also=_t("download checkpoint install hugging face")),
    Action("get-segmenter", MODEL, _t("Get a Model for &Selecting…"), "models.get_segmenter", (), "",
           _t("SAM 2.1, which says what on a photograph a click or a box means: licence, size and memory")),
    Action("open-model", MODEL, _t("&Open Model File…"), "models.add_file", (), "file",
           _t("One .safetensors file, original layout"), also=_t("checkpoint safetensors load")),
    Action("add-model-folder", MODEL, _t("&Add Folder…"), "models.add_folder", (), "folder-plus",
           _t("The folder of a diffusers model")),
    LINE,
    Action("vaes", MODEL, _t("&VAE"), "", submenu="vaes",
           tip=_t("What turns latents into pictures: SDXL's for half precision, or one of other colours"),
           also=_t("decoder autoencoder")),
    Action("parts", MODEL, _t("Text Encoder or VAE of a &File…"), "models.choose_part", (), "",
           _t("The file that a model in a single file takes the part from that it lacks"),
           also=_t("clip t5 qwen split")),
    Action("loras", MODEL, _t("&LoRA Files…"), "models.choose_loras", (), "",
           _t("LoRA files that are fused into the model for the next edits"), also=_t("adapter style")),
    Action("ways", MODEL, _t("This Model's &Ways…"), "models.say_ways", (), "",
           _t("Guidance, steps, prediction and more that the chosen model usually draws with"),
           also=_t("defaults settings sampler cfg")),
    Action("movie", MANY, _t("&Movie…"), "movies.open", (), "film-strip",
           _t("Go from prompt to prompt, frame by frame, from the picture or from the model alone"),
           also=_t("video animation interpolate gif")),
    Action("grid", MANY, _t("&Grid…"), "grids.open", (), "grid-four",
           _t("Vary two parameters of the edit over a labelled sheet, and take the best cell's settings"),
           also=_t("x/y plot compare matrix sheet")),
    Action("batch", MANY, _t("&Batch…"), "batches.open", (), "stack",
           _t("Make the same edit to many pictures"), also=_t("many folder process bulk")),
    LINE,
    Action("queue-hold", MANY, _t("&Hold the Queue"), "runs.hold", (), "pause",
           _t("What waits for its turn doesn't begin by itself, or goes on"), checkable=True,
           also=_t("pause")),
    Action("queue-sooner", MANY, _t("Draw the Chosen One &Sooner"), "waiting.sooner", ("Alt+Up",),
           "arrow-up", _t("One turn earlier in the queue")),
    Action("queue-later", MANY, _t("Draw the Chosen One &Later"), "waiting.later", ("Alt+Down",),
           "arrow-down", _t("One turn later in the queue")),
    Action("queue-drop", MANY, _t("&Drop the Chosen One"), "waiting.drop", (), "x",
           _t("Take the chosen one out of the queue")),
    Action("queue-clear", MANY, _t("&Clear the Queue"), "waiting.clear", (), "trash",
           _t("Drop everything that waits; what is under way goes on")),
    Action("zoom-in", VIEW, _t("Zoom &In"), "canvas.zoom_in", (Std.ZoomIn, "Ctrl+="), "magnifying-glass-plus",
           _t("Nearer")),
    Action("zoom-out", VIEW, _t("Zoom &Out"), "canvas.zoom_out", (Std.ZoomOut,), "magnifying-glass-minus",
           _t("Farther")),
    Action("fit", VIEW, _t("&Fit in Window"), "canvas.fit", ("Ctrl+0",), "frame-corners",
           _t("The whole picture")),
    Action("one", VIEW, _t("&Actual Size"), "canvas.one_to_one", ("Ctrl+1",), "number-square-one",
           _t("One picture pixel is one screen pixel"), also=_t("zoom 100 % 1:1 pixels")),
    LINE,
    Action("rotate-left", VIEW, _t("Rotate View &Left"), "view.rotate_left", ("4",), "",
           _t("Turn the view by 15°; the picture itself stays as it is")),
    Action("rotate-right", VIEW, _t("Rotate View Ri&ght"), "view.rotate_right", ("6",), "",
           _t("Turn the view by 15°; the picture itself stays as it is")),
    Action("reset-view", VIEW, _t("R&eset View"), "canvas.reset_view", ("5",), "",
           _t("Upright and fit")),
    LINE,
    Action("overlay", VIEW, _t("Show &Mask"), "view.show_overlay", ("M", "Q"), "eye",
           _t("Show or hide the mask over the picture"), checkable=True,
           also=_t("hide toggle visibility quick mask")),
    LINE,
    Action("mask-tint", VIEW, _t("Ma&sk as a Tint"), "view.show_tint", (), "",
           _t("Show the mask by a colour over what is masked"), group="look",
           also=_t("overlay red quick mask")),
    Action("ants", VIEW, _t("Mask by Marching A&nts"), "view.show_ants", (), "",
           _t("Show the mask by dashes that march along its edge, where it is half"), group="look",
           also=_t("selection outline")),
    Action("mask-alone", VIEW, _t("Mas&k Alone"), "view.show_alone", ("Shift+M",), "",
           _t("Show the mask by itself, white on black, with all its softness; again: as before"),
           group="look", also=_t("black and white grayscale greyscale alpha")),
    LINE,
    Action("overlay-color", VIEW, _t("Mask &Colour…"), "view.choose_color", (), "",
           _t("Colour and opacity of the tint over the masked region"),
           also=_t("color tint opacity red overlay")),
    Action("unsure", VIEW, _t("Show Where the Model Is &Unsure"), "view.show_unsure", ("Shift+Q",), "",
           _t("A veil where other draws might have cut the found mask otherwise: there a brush or more draws "
              "help. By the standard error of the heat map"), checkable=True,
           also=_t("uncertainty error confidence")),
    Action("original", VIEW, _t("S&how the Original"), "canvas.show_original", ("\\",), "",
           _t("The picture as it was opened; hold the key for a glance"), checkable=True, held=True,
           also=_t("before after compare")),
    Action("compare", VIEW, _t("Compare with a &Divider"), "canvas.set_compare", ("Y",), "",
           _t("Left of a line to drag: as opened; right of it: as edited"), checkable=True,
           also=_t("before after split slider original side-by-side")),
    LINE,
    Action("theme", VIEW, THEME, "", submenu="theme", also=_t("dark light appearance")),
    Action("reset-layout", VIEW, _t("Reset La&yout"), "views.reset_layout", (), "",
           _t("Put panels, layers and filmstrip back in their places"), also=_t("workspace restore panels")),
    Action("panels", WINDOW, _t("&Repaint"), "views.show_panels", ("F8",), "",
           _t("Show or hide prompts and settings"), checkable=True),
    Action("layers", WINDOW, _t("&Layers"), "views.show_layers", ("F7",), "",
           _t("Show or hide the accepted edits"), checkable=True),
    Action("queue", WINDOW, _t("&Queue"), "views.show_queue", ("F6",), "",
           _t("Show or hide the edits that wait for their turn"), checkable=True),
    Action("filmstrip", WINDOW, _t("&Filmstrip"), "views.show_filmstrip", ("F9",), "",
           _t("Show or hide the strip of steps under the picture"), checkable=True,
           also=_t("timeline steps history hide")),
    Action("full", WINDOW, _t("F&ull Screen"), "views.show_full", (Std.FullScreen, "F11"), "",
           _t("Use the whole screen"), checkable=True, also=_t("fullscreen maximise")),
    LINE,
    Action("palette", HELP, _t("&Command Palette…"), "helps.palette", ("Ctrl+K",), "command",
           _t("Find anything that can be done by typing a part of its name"),
           also=_t("search find commands")),
    Action("keys", HELP, _t("&Keyboard Shortcuts"), "helps.keys", (Std.HelpContents,), "keyboard",
           _t("Every key of this window"), also=_t("shortcuts hotkeys keymap bindings help")),
    Action("log", HELP, _t("Open the &Log Folder"), "helps.open_log", (), "",
           _t("What the program wrote down")),
    Action("about", HELP, _t("&About Palimpsest"), "helps.about", (), "info", _t("Version and licence")),
)  # fmt: skip

ENTRIES = tuple(entry for entry in TABLE if entry is not None)
TOOLS = (
    "pan",
    LINE,
    "rectangle",
    "ellipse",
    "lasso",
    "wand",
    "object",
    "clicks",
    LINE,
    "brush",
    "eraser",
    "gradient",
    LINE,
    "transform",
    "area",
)  # in the tool bar


def translated(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


def plain(text: str) -> str:
    """Without the mnemonic mark and the dots that announce a dialog."""
    return translated(text).replace("&", "").rstrip("…")


def of_menu(name: str) -> list[Action | None]:
    """What of the table stands in one of MENUS, with its separators."""
    found: list[Action | None] = []
    pending = False
    for entry in TABLE:
        if entry is not None and entry.menu == name:
            found += [LINE, entry] if pending and found else [entry]
        pending = entry is None
    return found
