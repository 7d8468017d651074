"""A compiled network with its queue: one for everybody in the process who looks with it."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .boxes import Canvas, Thresholds, candidates, to_picture, without_overlaps
from .errors import DetectionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from ..events import Detections
    from .boxes import Fit

# Pictures that lie ready beside those being searched, so that no core waits for Python to bring the next one.
READY = 2


class SharedNetwork:
    """Searches pictures of several cameras, first come first served, on all cores.

    So many pictures are on their way at once as the processor works on, and ``READY`` more; whoever brings another one
    waits in line. Nobody can hold up the rest by not fetching results: a result whose place is needed is taken out of
    the network by whoever needs the place. So no thread of our own is needed.

    Args:
        compiled: The network as OpenVINO compiled it; takes (1, H, W, 3) uint8 BGR.
        person: Number of the class that is a person.
        name: What to call the model in messages.
    """

    def __init__(self, compiled: Any, person: int, name: str) -> None:
        self._compiled = compiled
        self._person = person
        self._name = name
        self._turns = _Turns()
        self._changed = threading.Condition()
        count = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + READY
        self._free = deque(_Place(compiled.create_infer_request()) for _ in range(count))
        self._busy: deque[Search] = deque()

    @property
    def places(self) -> int:
        """How many pictures may be on their way at once."""
        return len(self._free) + len(self._busy)

    def submit(self, image: NDArray[np.uint8], thresholds: Thresholds) -> Search:
        """Begins to search a picture; waits in line while the network has enough to do.

        Args:
            image: (H, W, 3) uint8 BGR; not used any more when this returns.
            thresholds: What a box must reach.
        """
        with self._turns.mine():
            place = self._free_place()
        try:
            fit = place.canvas.take(image)
            place.request.start_async()
        except BaseException:
            self._give_back(place)
            raise
        search = Search(self, place, fit, image.shape, thresholds)
        with self._changed:
            self._busy.append(search)
            self._changed.notify_all()
        return search

    def _free_place(self) -> _Place:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._free or self._busy)
                if self._free:
                    return self._free.popleft()
                oldest = self._busy[0]
            oldest.finish()

    def _give_back(self, place: _Place, search: Search | None = None) -> None:
        with self._changed:
            if search is not None:
                self._busy.remove(search)
            self._free.append(place)
            self._changed.notify_all()

    def people_of(self, place: _Place, confidence: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Waits for the network, and reads boxes and scores of people off its output.

        Raises:
            DetectionError: It failed.
        """
        try:
            place.request.wait()
        except RuntimeError as error:
            raise DetectionError(f"{self._name}: OpenVINO failed on a picture: {last_line(error)}") from error
        return candidates(place.request.get_output_tensor(0).data[0], self._person, confidence)


class Search:
    """One picture on its way through the network."""

    def __init__(
        self, network: SharedNetwork, place: _Place, fit: Fit, shape: tuple[int, ...], thresholds: Thresholds
    ) -> None:
        self._network = network
        self._place: _Place | None = place
        self._fit = fit
        self._shape = shape
        self._thresholds = thresholds
        self._finishing = threading.Lock()
        self._people: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._error: DetectionError | None = None

    def finish(self) -> None:
        """Waits for the network and makes room in it; the few boxes that matter are kept here. From any thread."""
        with self._finishing:
            place = self._place
            if place is None:
                return
            try:
                self._people = self._network.people_of(place, self._thresholds.confidence)
            except DetectionError as error:
                self._error = error
            self._place = None
            self._network._give_back(place, self)  # noqa: SLF001 - the two are one thing

    def result(self) -> Detections:
        """The people in the picture: highest score first.

        Raises:
            DetectionError: The network failed on it.
        """
        self.finish()
        if self._people is None:
            raise self._error or DetectionError("a picture was never searched")
        xyxy, score = without_overlaps(*self._people, self._thresholds.iou)
        return to_picture(xyxy, score, self._fit, self._shape, self._thresholds.min_height)


class _Place:
    """Room for one picture in the network: a request, and its input to draw into."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.canvas = Canvas(request.get_input_tensor(0).data[0])


class _Turns:
    """A lock that is given in the order of asking; ``threading.Lock`` promises none, and a camera could starve."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owner: threading.Lock | None = None
        self._waiting: deque[threading.Lock] = deque()

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Waits for its turn; the next in line follows at the end, also after Ctrl-C at any moment of the waiting."""
        ticket = threading.Lock()
        ticket.acquire()
        try:
            with self._guard:
                if self._owner is None:
                    self._owner = ticket
                else:
                    self._waiting.append(ticket)
                waits = self._owner is not ticket
            if waits:
                ticket.acquire()
            yield
        finally:
            self._leave(ticket)

    def _leave(self, ticket: threading.Lock) -> None:
        """Gives up the turn or the place in the line, whichever the ticket has."""
        with self._guard:
            if self._owner is ticket:
                self._owner = self._waiting.popleft() if self._waiting else None
                if self._owner is not None:
                    self._owner.release()
            elif ticket in self._waiting:
                self._waiting.remove(ticket)


def last_line(error: Exception) -> str:
    """The last line of a message that carries file names and line numbers of someone's C++ before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
