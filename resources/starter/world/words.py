"""What can truly be said of a scene: several captions, from two words to a long sentence."""

import numpy as np

from resources.starter.world.scene import FRUITS, MATERIALS, Scene, Subject, alike

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
PLACE_WORDS = {
    "meadow": ("a meadow", "green grass", "a field"),
    "sand": ("sand", "a beach", "the beach", "the desert"),
    "snow": ("snow", "a field with snow", "snow on a field"),
    "road": ("a road", "a street"),
    "wood": ("a wooden table", "a table"),
    "cloth": ("a tablecloth", "a table with a checked cloth", "a table"),
}
"""What a scene is where nothing stands in it."""
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
    """Several true sentences about a scene, the plainest first. The same scene gives the same list.

    A scene and one edited from it get as many, told in the same manner one by one.
    """
    rng = np.random.default_rng([scene.geometry, 5])
    return (_about_none, _about_one, _about_two)[len(scene.subjects)](scene, rng)


def _pick(rng: np.random.Generator, phrases: tuple[str, ...]) -> str:
    """One draw whatever the number of phrases: what is picked later doesn't depend on it."""
    return phrases[int(rng.random() * len(phrases))]


def _where(scene: Scene, rng: np.random.Generator) -> str:
    return _pick(rng, GROUND_WORDS[scene.ground])


def _weather(scene: Scene, rng: np.random.Generator) -> str:
    """Sky and hour, "" indoors where neither is seen."""
    sky, hour = _pick(rng, SKY_WORDS[scene.sky]), _pick(rng, TIME_WORDS[scene.time])
    if scene.indoors:
        return ""
    return ("" if scene.time == "night" else " " + sky) + ("" if scene.time == "day" else " " + hour)


def _hour(scene: Scene, rng: np.random.Generator) -> str:
    """The hour, or indoors the place, where no hour is seen."""
    return _where(scene, rng) if scene.indoors else _pick(rng, TIME_WORDS[scene.time])


def _about_none(scene: Scene, rng: np.random.Generator) -> list[str]:
    plain, *_ = places = PLACE_WORDS[scene.ground]
    some = _pick(rng, places)
    return [
        plain,
        some,
        _pick(rng, places),
        f"{plain}{_weather(scene, rng)}",
        f"{some}{_weather(scene, rng)}",
        plain if scene.indoors else f"{some} {_pick(rng, TIME_WORDS[scene.time])}",
        _pick(rng, _FRAMES).format(some),
        _pick(rng, _FRAMES).format(f"{_pick(rng, places)}{_weather(scene, rng)}"),
    ]


def _about_one(scene: Scene, rng: np.random.Generator) -> list[str]:
    plain, *fuller = names(scene.subjects[0])
    full = _pick(rng, tuple(fuller))
    long = f"{_pick(rng, tuple(fuller))} {_where(scene, rng)}{_weather(scene, rng)}"
    return [
        plain,
        fuller[0],
        full,
        f"{plain} {_where(scene, rng)}",
        f"{full} {_where(scene, rng)}",
        f"{full} {_hour(scene, rng)}",
        _pick(rng, _FRAMES).format(full),
        _pick(rng, _FRAMES).format(long),
    ]


def _about_two(scene: Scene, rng: np.random.Generator) -> list[str]:
    """A third of them name one subject only, as an edit of one does, unless the two are alike.

    Of a horse beside a dog "a horse" alone would teach that an animal need not be what the words say it is;
    of a horse beside a tree it says nothing wrong of animals.
    """
    left, right = scene.subjects
    a, b = names(left)[0], names(right)[0]
    full_a, full_b = _pick(rng, names(left)[1:]), _pick(rng, names(right)[1:])
    where, long = _where(scene, rng), f"{_where(scene, rng)}{_weather(scene, rng)}"
    if alike(left.kind, right.kind):
        some = [f"{a} and {b}", f"{b} and {a}", f"{full_a} and {full_b}", f"{full_b} and {full_a}"]
    else:
        some = [a, b, names(left)[1], names(right)[1]]
    return [
        *some,
        f"{a} and {b}",
        f"{full_b} beside {full_a}",
        f"{full_a} on the left and {full_b} on the right",
        f"{full_a} and {full_b} {_hour(scene, rng)}",
        f"{full_a} and {full_b}",
        f"{full_b} and {full_a}",
        f"{full_a} next to {full_b} {where}",
        _pick(rng, _FRAMES).format(f"{full_a} and {full_b} {long}"),
    ]
