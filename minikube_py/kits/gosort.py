"""The order in which Go's sort.Sort leaves equal things: it is not stable, yet always the same (pattern-defeating quicksort)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
_SHORT = 12  # up to here by insertion
_LONG = 50  # from here on the pivot is looked for among nine
_WORD = (1 << 64) - 1


def ordered(items: Iterable[T], less: Callable[[T, T], bool]) -> list[T]:
    """Return items in Go's order."""
    found = list(items)
    _Sort(found, less).run(0, len(found), len(found).bit_length())
    return found


class _Sort:
    """Sorts parts of one list in place; positions are first and one behind last."""

    def __init__(self, items: list[T], less: Callable[[T, T], bool]) -> None:
        self._items = items
        self._less_than = less
        self._turned = 0  # how many of the comparisons for a pivot found a larger one before

    def _less(self, one: int, other: int) -> bool:
        return self._less_than(self._items[one], self._items[other])

    def _swap(self, one: int, other: int) -> None:
        items = self._items
        items[one], items[other] = items[other], items[one]

    def run(self, first: int, end: int, limit: int) -> None:
        """Sort a part; `limit` bad pivots are borne."""
        is_balanced = is_partitioned = True
        while end - first > _SHORT:
            length = end - first
            if not limit:
                self._by_heap(first, end)
                return
            if not is_balanced:
                self._shuffle(first, end)
                limit -= 1
            pivot, is_rising = self._pivot(first, end)
            if is_balanced and is_partitioned and is_rising and self._nearly_sorted(first, end):
                return
            if first > 0 and not self._less(first - 1, pivot):
                first = self._behind_equal(first, end, pivot)
                continue
            middle, is_partitioned = self._partition(first, end, pivot)
            is_balanced = min(middle - first, end - middle) >= length // 8
            if middle - first < end - middle:
                self.run(first, middle, limit)
                first = middle + 1
            else:
                self.run(middle + 1, end, limit)
                end = middle
        self._by_insertion(first, end)

    def _by_insertion(self, first: int, end: int) -> None:
        for index in range(first + 1, end):
            while index > first and self._less(index, index - 1):
                self._swap(index, index - 1)
                index -= 1

    def _by_heap(self, first: int, end: int) -> None:
        size = end - first
        for root in range((size - 1) // 2, -1, -1):
            self._sift(root, size, first)
        for last in range(size - 1, -1, -1):
            self._swap(first, first + last)
            self._sift(0, last, first)

    def _sift(self, root: int, size: int, first: int) -> None:
        while (child := 2 * root + 1) < size:
            if child + 1 < size and self._less(first + child, first + child + 1):
                child += 1
            if not self._less(first + root, first + child):
                return
            self._swap(first + root, first + child)
            root = child

    def _shuffle(self, first: int, end: int) -> None:
        length = end - first
        random, mask = length, (1 << length.bit_length()) - 1
        place = first + length // 4 * 2 - 1
        for step in range(3):
            random ^= random << 13 & _WORD
            random ^= random >> 7
            random ^= random << 17 & _WORD
            other = random & mask
            self._swap(place + step, first + (other - length if other >= length else other))

    def _pivot(self, first: int, end: int) -> tuple[int, bool]:
        """Return where a good pivot is, and whether all looks sorted; what looks sorted backwards is turned around."""
        quarter = (end - first) // 4
        self._turned = 0
        places = [first + quarter * part for part in (1, 2, 3)]
        if end - first >= _LONG:
            places = [self._median(place - 1, place, place + 1) for place in places]
        pivot = self._median(*places)
        if self._turned == 12:
            self._items[first:end] = self._items[first:end][::-1]
            return end - 1 - (pivot - first), True
        return pivot, not self._turned

    def _median(self, one: int, two: int, three: int) -> int:
        one, two = self._pair(one, two)
        two, three = self._pair(two, three)
        return self._pair(one, two)[1]

    def _pair(self, one: int, two: int) -> tuple[int, int]:
        if self._less(two, one):
            self._turned += 1
            return two, one
        return one, two

    def _nearly_sorted(self, first: int, end: int) -> bool:
        """Repair up to five places; tell whether all is sorted then."""
        index = first + 1
        for _ in range(5):
            while index < end and not self._less(index, index - 1):
                index += 1
            if index == end:
                return True
            if end - first < _LONG:
                return False
            self._swap(index, index - 1)
            if index - first >= 2:
                self._shift(range(index - 1, 0, -1))
            if end - index >= 2:
                self._shift(range(index + 1, end))
        return False

    def _shift(self, places: Iterable[int]) -> None:
        for place in places:
            if not self._less(place, place - 1):
                return
            self._swap(place, place - 1)

    def _behind_equal(self, first: int, end: int, pivot: int) -> int:
        """Put what equals the pivot first; return where the rest begins."""
        self._swap(first, pivot)
        low, high = first + 1, end - 1
        while True:
            while low <= high and not self._less(first, low):
                low += 1
            while low <= high and self._less(first, high):
                high -= 1
            if low > high:
                return low
            self._swap(low, high)
            low, high = low + 1, high - 1

    def _partition(self, first: int, end: int, pivot: int) -> tuple[int, bool]:
        """Put what is less before the pivot; return where that is then, and whether nothing had to be moved."""
        self._swap(first, pivot)
        low, high, moved = first + 1, end - 1, False
        while True:
            while low <= high and self._less(low, first):
                low += 1
            while low <= high and not self._less(high, first):
                high -= 1
            if low > high:
                self._swap(high, first)
                return high, not moved
            self._swap(low, high)
            low, high, moved = low + 1, high - 1, True
