"""The mailbox between a worker's thread and the window."""

from editor.mailbox import Mailbox


def test_of_news_under_one_key_the_newest_stays_and_comes_last():
    box, rung = Mailbox[int](), []
    for key, news in (("a", 1), ("b", 2), ("a", 3)):
        box.put(news, rung.append, key)
    assert rung == [box]
    assert box.take() == (2, 3)
    assert box.take() == ()
    box.put(4, rung.append, "a")
    assert rung == [box, box]


def test_news_without_a_key_are_all_kept_in_their_order():
    box, rung = Mailbox[int](), []
    for news in (1, 2, 3):
        box.put(news, rung.append)
    assert rung == [box]
    assert box.take() == (1, 2, 3)
