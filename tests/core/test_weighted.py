"""Prompts with weights: the rules that Automatic1111's web UI documents, and no text that can't be read."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edit.words.reweight import Marked, reweighted
from core.edit.words.weighted import MOST, Piece, understood

UP, DOWN = 0.1, -0.1


def pieces(prompt: str) -> list[tuple[str, float]]:
    (segment,) = understood(prompt).segments
    return [(piece.text, pytest.approx(piece.weight)) for piece in segment]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        # the examples of the web UI's own documentation
        ("normal text", [("normal text", 1)]),
        ("an (important) word", [("an ", 1), ("important", 1.1), (" word", 1)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        (r"\(literal\]", [("(literal]", 1)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            [
                ("a ", 1),
                ("house", 1.3 * 1.1 * 1.1),
                (" ", 1.1),
                ("on", 1),
                (" a ", 1.1),
                ("hill", 0.55),
                (", sun, ", 1.1),
                ("sky", 1.1**4),
                (".", 1.1),
            ],
        ),
        ("(zebra:1.3)", [("zebra", 1.3)]),
        ("((word))", [("word", 1.21)]),
        ("[stripes]", [("stripes", 1 / 1.1)]),
        ("[[stripes]]", [("stripes", 1 / 1.21)]),
        ("(n)", [("n", 1.1)]),
        ("a (zebra : 1.5 ) runs", [("a ", 1), ("zebra ", 1.5), (" runs", 1)]),
        ("(zebra:.5)(a:2.)", [("zebra", 0.5), ("a", 2)]),
        ("(zebra:-1)", [("zebra", -1)]),
        ("(zebra:+1.2)", [("zebra", 1.2)]),
        # malformed: signs like others, or as far as the end
        ("zebra:1.3)", [("zebra:1.3)", 1)]),
        ("a) b]", [("a) b]", 1)]),
        ("[stripes", [("stripes", 1 / 1.1)]),
        ("[stripes:0.5]", [("stripes:0.5", 1 / 1.1)]),
        ("(zebra:big)", [("zebra:big", 1.1)]),
        ("(zebra:1.2.3)", [("zebra:1.2.3", 1.1)]),
        ("(zebra:)", [("zebra:", 1.1)]),
        ("[a (b] c)", [("a ", 1 / 1.1), ("b", 1), (" c", 1.1)]),
        (r"a \\ b \c", [("a \\ b c", 1)]),
        ("()[]", []),
        ("", []),
        ("(a:" + "9" * 400 + ")", [("a", MOST)]),
    ],
)
def test_words_get_their_weights(prompt, expected):
    assert pieces(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a BREAK b", [["a"], ["b"]]),
        ("(a BREAK b:1.2)", [["a"], ["b"]]),
        ("a\nBREAK\nb", [["a"], ["b"]]),
        ("(a)BREAK(b)", [["a"], ["b"]]),
        ("a BREAK", [["a"], []]),
        ("a BREAK BREAK b", [["a"], [], ["b"]]),
        ("BREAKFAST break", [["BREAKFAST break"]]),
    ],
)
def test_break_starts_a_new_segment(prompt, expected):
    assert [[piece.text for piece in segment] for segment in understood(prompt).segments] == expected


def test_a_weight_reaches_over_a_break():
    assert understood("(a BREAK b:1.2)").segments == ((Piece("a", 1.2),), (Piece("b", 1.2),))


@pytest.mark.parametrize(
    ("prompt", "unread"),
    [
        ("a [cow:horse:0.5] here", ("[cow:horse:0.5]",)),
        ("[fog:0.3]", ("[fog:0.3]",)),
        ("[cow|horse] and [a:b]", ("[cow|horse]",)),
        ("a cat AND a dog", ("AND",)),
        (r"\[cow|horse\] BRAND", ()),
        ("(zebra:1.3) [stripes]", ()),
    ],
)
def test_what_would_mean_more_elsewhere_is_named(prompt, unread):
    assert understood(prompt).unread == unread


def test_the_words_alone():
    assert understood(r"a (zebra:1.3) \(big\) BREAK [grass]").words == "a zebra (big) grass"


marks = st.text(st.sampled_from("ab ()[]\\:.10+-|\nBREAK"), max_size=60)


@given(st.text() | marks)
def test_no_text_is_an_error(prompt):
    found = understood(prompt)
    assert found.segments
    for segment in found.segments:
        assert all(piece.text and abs(piece.weight) <= MOST for piece in segment)
        assert all(one.weight != other.weight for one, other in pairwise(segment))


@given(st.text())
def test_a_text_without_marks_stays_as_it_is(text):
    text = re.sub(r"[()\[\]\\]|BREAK", "", text)
    assert understood(text).segments == (((Piece(text),) if text else ()),)
    assert understood(text).words == text


@given(st.text())
def test_every_sign_can_be_written_as_itself(text):
    text = text.replace("BREAK", "")
    escaped = re.sub(r"[()\[\]\\]", r"\\\g<0>", text)
    assert understood(escaped).words == text
    assert understood(escaped).plain


def marked(text: str) -> Marked:
    """“|” is the cursor; two of them are the ends of a selection."""
    start = text.index("|")
    bare = text.replace("|", "", 1)
    end = bare.index("|") if "|" in bare else start
    return Marked(bare.replace("|", ""), start, end)


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        ("a ze|bra runs", UP, "a (ze|bra:1.1) runs"),
        ("a |zebra", DOWN, "a (|zebra:0.9)"),
        ("a zebra|, runs", UP, "a (zebra|:1.1), runs"),
        ("a (ze|bra:1.1) runs", UP, "a (ze|bra:1.2) runs"),
        ("a (ze|bra:1.1) runs", DOWN, "a ze|bra runs"),
        ("a (ze|bra) runs", UP, "a (ze|bra:1.2) runs"),
        ("a (ze|bra) runs", DOWN, "a ze|bra runs"),
        ("[stri|pes]", UP, "stri|pes"),
        ("[stri|pes]", DOWN, "(stri|pes:0.8)"),
        ("(zebra:|1.25)", UP, "(zebra|:1.35)"),
        ("((ze|bra:1.2) runs:1.5)", UP, "((ze|bra:1.3) runs:1.5)"),
        ("((zebra:1.2) ru|ns:1.5)", UP, "((zebra:1.2) ru|ns:1.6)"),
        ("|a zebra| runs", UP, "(|a zebra|:1.1) runs"),
        ("(|a zebra|:1.1) runs", UP, "(|a zebra|:1.2) runs"),
        ("|(a zebra:1.1)| runs", DOWN, "|a zebra| runs"),
        ("a| zebra |runs", UP, "a (|zebra|:1.1) runs"),
        ("(ze|bra:0)", DOWN, "(ze|bra:0)"),
        ("(ze|bra:0.05)", DOWN, "(ze|bra:0)"),
        ("well-kn|own", UP, "(well-kn|own:1.1)"),
        (r"zebra\(big\)|", UP, r"(zebra\(big\)|:1.1)"),
        ("embedding:eas|y", UP, "(embedding:eas|y:1.1)"),
        ("a  |  zebra", UP, "a  |  zebra"),
        ("|", UP, "|"),
        ("<lora:ze|bra:0.8> runs", UP, "<lora:ze|bra:0.8> runs"),
    ],
)
def test_a_weight_is_changed_by_a_step(before, by, after):
    assert reweighted(marked(before), by) == marked(after)


@given(marks, st.data(), st.sampled_from([UP, DOWN]))
def test_any_text_can_be_weighed(text, data, by):
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    found = reweighted(Marked(text, start, end), by)
    assert 0 <= found.start <= found.end <= len(found.text)


@given(st.text(st.sampled_from("ab ,.:-"), max_size=20), st.data())
def test_up_and_down_is_as_before(text, data):
    place = data.draw(st.integers(0, len(text)))
    before = Marked(text, place, place)
    assert reweighted(reweighted(before, UP), DOWN) == before
