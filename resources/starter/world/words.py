"""What can truly be said of a scene: several captions, from two words to a long sentence."""

import numpy as np

from resources.starter.world.scene import FRUITS, MATERIALS, Scene, Subject

_TREES: dict[str, tuple[str, ...]] = {
    "spring": ("a tree in spring", "a spring tree", "a blossoming tree", "a tree with pink blossom"),
    "summer": ("a tree in summer", "a summer tree", "a green tree", "a tree with green leaves"),
    "autumn": ("a tree in autumn", "an autumn tree", "an orange tree in autumn", "a tree with orange leaves"),
    "winter": ("a tree in winter", "a winter tree", "a bare tree", "a bare tree with snow on its branches"),
}
GROUND_WORDS = {
    "meadow": ("on a meadow", "on green grass", "in a field"),
    "sand": ("on sand", "on the beach", "in the desert"),
    "snow": ("in the snow", "on snow"),
    "road": ("on a road", "on the street"),
    "wood": ("on a wooden table", "on a table"),
    "cloth": ("on a tablecloth", "on a table with a checked cloth", "on a table"),
}
SKY_WORDS = {"clear": ("under a clear sky",), "cloudy": ("under a cloudy sky", "with clouds in the sky")}
TIME_WORDS = {
    "day": ("by day",),
    "morning": ("in the morning",),
    "evening": ("in the evening", "at sunset"),
    "night": ("at night", "in the moonlight"),
}
_FRAMES = ("a picture of {}", "a painting of {}", "a picture-book page with {}", "{}", "{}", "{}")


def article(words: str) -> str:
    """`words` behind its indefinite article: "a horse", "an orange cat"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def names(subject: Subject) -> tuple[str, ...]:
    """True names of one subject, the shortest first: "a horse", "a brown horse"."""
    kind, look = subject.kind, subject.look
    if kind == "tree":
        return ("a tree", *_TREES[look])
    if look in FRUITS:
        return (
            f"a {kind} of fruit",
            f"a {kind} of {look}" if look != "fruit" else f"a {kind} of mixed fruit",
            f"a {kind} with {look}",
            f"a {kind} full of {look}",
        )
    if kind == "zebra":
        return ("a zebra", "a striped zebra", "a black and white zebra")
    if kind == "cow" and look == "spotted":
        return ("a cow", "a spotted cow", "a black and white cow")
    if look in MATERIALS and kind in ("ball", "cube"):
        pattern = "stripes" if look == "striped" else "spots"
        return (article(kind), f"a {look} {kind}", f"{article(kind)} with {pattern}")
    if kind == "house":
        return ("a house", f"{article(look)} house", f"a house with {look} walls")
    return (article(kind), f"{article(look)} {kind}", f"{article(look)} {kind}")


def captions(scene: Scene) -> list[str]:
    """Several true sentences about a scene, the plainest first. The same scene gives the same list."""
    rng = np.random.default_rng([scene.geometry, 5])
    said = _about_one(scene, rng) if len(scene.subjects) == 1 else _about_two(scene, rng)
    return list(dict.fromkeys(said))


def _pick(rng: np.random.Generator, phrases: tuple[str, ...]) -> str:
    return phrases[int(rng.integers(len(phrases)))]


def _where(scene: Scene, rng: np.random.Generator) -> str:
    return _pick(rng, GROUND_WORDS[scene.ground])


def _weather(scene: Scene, rng: np.random.Generator) -> str:
    """Sky and hour, "" indoors where neither is seen."""
    if scene.indoors:
        return ""
    sky = "" if scene.time == "night" else " " + _pick(rng, SKY_WORDS[scene.sky])
    hour = "" if scene.time == "day" else " " + _pick(rng, TIME_WORDS[scene.time])
    return sky + hour


def _about_one(scene: Scene, rng: np.random.Generator) -> list[str]:
    subject = scene.subjects[0]
    plain, *fuller = names(subject)
    full = _pick(rng, tuple(fuller))
    said = [plain, *fuller, f"{plain} {_where(scene, rng)}", f"{full} {_where(scene, rng)}"]
    long = f"{_pick(rng, tuple(fuller))} {_where(scene, rng)}{_weather(scene, rng)}"
    if not scene.indoors:
        said.append(f"{plain} {_pick(rng, TIME_WORDS[scene.time])}")
    return [*said, _pick(rng, _FRAMES).format(full), _pick(rng, _FRAMES).format(long)]


def _about_two(scene: Scene, rng: np.random.Generator) -> list[str]:
    """Half of them name one subject only, as an edit of one does: no name may come to mean "alone"."""
    left, right = scene.subjects
    a, b = names(left)[0], names(right)[0]
    full_a, full_b = _pick(rng, names(left)[1:]), _pick(rng, names(right)[1:])
    where, long = _where(scene, rng), f"{_where(scene, rng)}{_weather(scene, rng)}"
    return [
        a,
        b,
        full_a,
        full_b,
        f"{a} {where}",
        f"{b} {where}",
        f"{a} and {b}",
        f"{b} beside {a}",
        f"{a} on the left and {b} on the right",
        f"{full_a} and {full_b}",
        f"{full_a} next to {full_b} {where}",
        _pick(rng, _FRAMES).format(f"{full_a} and {full_b} {long}"),
    ]
