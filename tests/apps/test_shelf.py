import threading

from apps.shelf import Shelf


def test_the_bytes_are_bounded_and_what_was_asked_for_longest_ago_goes_first():
    shelf = Shelf(10)
    for key in "abc":
        assert shelf.get(key, lambda key=key: key * 4, len) == key * 4
    assert (len(shelf), shelf.held) == (2, 8)

    shelf.get("b", lambda: "never made again", len)
    shelf.get("d", lambda: "dddd", len)

    assert shelf.get("b", lambda: "again", len) == "bbbb"
    assert shelf.get("c", lambda: "again", len) == "again"


def test_a_value_that_is_larger_than_all_is_kept_alone():
    shelf = Shelf(3)
    shelf.get("small", lambda: "x", len)

    assert shelf.get("large", lambda: "y" * 9, len) == "y" * 9

    assert (len(shelf), shelf.held) == (1, 9)
    assert shelf.get("large", lambda: "again", len) == "y" * 9


def test_two_sessions_that_ask_at_once_get_the_same_value():
    shelf, both = Shelf(100), threading.Barrier(2)
    found = []

    def ask() -> None:
        def compute() -> object:
            both.wait(5)
            return object()

        found.append(shelf.get("key", compute, lambda _value: 7))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert found[0] is found[1]
    assert shelf.held == 7


def test_what_fails_is_not_kept():
    shelf = Shelf(10)
    for _ in range(2):
        try:
            shelf.get("key", lambda: 1 / 0, len)
        except ZeroDivisionError:
            continue
    assert (len(shelf), shelf.held) == (0, 0)
