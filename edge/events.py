"""The values that every room of the edge speaks: frames, detections, tracks and the four facts.

A fact (``Crossing``, ``Stay``, ``Watch``, ``Trail``) says what a camera saw and when. It never says what that
means: visits, conversion and forecasts are opinions, made later in ``analytics`` and remade when a rule changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

Direction = Literal["in", "out"]
Side = Literal["left", "right"]
StartCause = Literal["crossed", "appeared"]
EndCause = Literal["crossed", "lost", "closed", "fixed"]
CrossingCause = Literal["crossed", "ended", "merged"]
Health = Literal["ok", "lost", "frozen", "black", "blocked", "blurred", "moved", "dark", "slow"]
CameraState = Literal[
    "starting", "ok", "lost", "frozen", "black", "blocked", "blurred", "moved", "dark", "slow", "stopped"
]
ClockSource = Literal["file", "host"]
JumpCause = Literal["set", "slept"]
AlertKind = Literal["camera", "occupancy", "queue", "disk", "clock", "database"]
Channel = Literal["webhook", "mqtt", "email"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and the moment it was taken.

    Attributes:
        at: Aware UTC time of the picture itself, never of its processing.
        number: 0-based number of the picture in its source; grows, may skip.
        image: (H, W, 3) uint8, BGR.
        dropped: Pictures the source discarded between the previous frame and this one because they came too fast.
    """

    at: datetime
    number: int
    image: NDArray[np.uint8]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Detections:
    """The people a detector sees in one frame.

    Attributes:
        xyxy: (N, 4) float32, left, top, right, bottom in pixels of the frame.
        score: (N,) float32, 0..1.
    """

    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True)
class Track:
    """One followed person in one frame.

    Attributes:
        id: Number within one run: 1, 2, 3, ... in order of first sight.
        box: Left, top, right, bottom in pixels.
        score: Confidence of the detection in this frame, 0..1; 0 where the box is predicted.
        seen: False while the box is predicted because no detection matched.
        since: When the person was first detected.
        last_seen: Time of the last detection that matched.
        confirmed: False while too few detections matched to believe in the person; nothing is counted before.
    """

    id: int
    box: tuple[float, float, float, float]
    score: float
    seen: bool
    since: datetime
    last_seen: datetime
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Crossing:
    """A person went over a line for good.

    Attributes:
        line: Id of the line.
        track: Id of the track within the run.
        sequence: 0-based number of this track's crossings of this line.
        direction: ``in`` or ``out``, the line's flip applied.
        side: The side walked to, as seen by someone going from the line's start to its end.
        at: Time of the frame in which the anchor changed sides.
        frame_number: That frame's number.
        x: Where the path met the line, 0..1 of the picture's width.
        y: The same, 0..1 of its height.
        box: The person's box in that frame: left, top, right, bottom, 0..1.
        confidence: Mean detection confidence around the crossing, 0..1.
        held: The deferred entry rule: still on the new side ``entry_hold_s`` later, or lost there.
        cause: How sure the way over the line is: ``crossed``, seen on both sides; ``ended``, last seen just past the
            line; ``merged``, lost close to the line and found again on its other side under a new number.
    """

    line: str
    track: int
    sequence: int
    direction: Direction
    side: Side
    at: datetime
    frame_number: int
    x: float
    y: float
    box: tuple[float, float, float, float]
    confidence: float
    held: bool
    cause: CrossingCause = "crossed"


@dataclass(frozen=True, slots=True)
class Stay:
    """A person was inside a zone from ``entered`` to ``left``.

    Attributes:
        zone: Id of the zone.
        track: Id of the track within the run.
        sequence: 0-based number of this track's stays in this zone.
        entered: Time of the first frame inside.
        left: Time of the last frame inside.
        start_cause: ``crossed`` the border, or ``appeared`` inside.
        end_cause: ``crossed`` the border, ``lost`` inside (the dwell is a lower bound: censored), ``closed`` with the
            run, or ``fixed``: it was no person but a mannequin, a poster or a mirror, and does not count.
        frame_number: Number of the first frame inside.
        x: Mean position while inside, 0..1 of the picture's width.
        y: The same, 0..1 of its height.
        confidence: Mean detection confidence while inside, 0..1.
    """

    zone: str
    track: int
    sequence: int
    entered: datetime
    left: datetime
    start_cause: StartCause
    end_cause: EndCause
    frame_number: int
    x: float
    y: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Watch:
    """What the camera could see between two moments. Without it a dead camera reads as an empty shop.

    Attributes:
        sequence: 0-based number of the period within the run.
        begins: Start of the period.
        ends: End of the period.
        frames_seen: Frames analysed.
        frames_dropped: Frames taken but discarded because the machine was too slow.
        facts_dropped: Facts lost because the store was not writable and the buffer was full.
        health: ``ok``, or the cause why the camera could not see.
    """

    sequence: int
    begins: datetime
    ends: datetime
    frames_seen: int
    frames_dropped: int
    facts_dropped: int
    health: Health


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a person stood at one moment, sampled about once a second.

    Attributes:
        track: Id of the track within the run.
        sequence: 0-based number of the sample within the track.
        at: Time of the frame.
        x: Foot point, 0..1 of the picture's width.
        y: The same, 0..1 of its height.
        x_m: Position on the floor in metres, where the camera has a homography.
        y_m: The same, second axis.
    """

    track: int
    sequence: int
    at: datetime
    x: float
    y: float
    x_m: float | None
    y_m: float | None


Fact = Crossing | Stay | Watch | Trail


@dataclass(frozen=True, slots=True)
class Pause:
    """No new picture came for a while; live sources say so about twice a second.

    Attributes:
        at: Aware UTC time at which there was still nothing.
    """

    at: datetime


@dataclass(frozen=True, slots=True)
class Glance:
    """What a cheap look at a picture tells before anybody searches it for people.

    Attributes:
        health: Whether people could be seen in it at all.
        since: When this health began, at most the time of the picture: some faults show only after a while.
        moves: Whether anything may have moved or appeared since the picture before.
    """

    health: Health
    since: datetime
    moves: bool


@dataclass(frozen=True, slots=True)
class ClockJump:
    """The host's clock was set, or the machine slept: the steady clock and the wall clock no longer agree.

    Attributes:
        at: Wall-clock time just after the jump.
        was: What the wall clock would have shown then without it.
        cause: ``set`` by a person or a time server, or ``slept``.
    """

    at: datetime
    was: datetime
    cause: JumpCause

    @property
    def jump_s(self) -> float:
        """Seconds that the clock went forward; negative where it went back."""
        return (self.at - self.was).total_seconds()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a camera fares at one moment; one row a minute is kept, so that silence can be told from quiet.

    Attributes:
        at: Aware UTC time.
        state: ``ok``, the cause why nothing can be seen, or ``stopped`` after a tidy end.
        since: When this state began.
        fps: Pictures analysed a second, over the last stretch.
        frames_seen: Pictures analysed since the process began.
        frames_dropped: Pictures discarded since then because the machine was too slow.
        reconnects: How often the camera was lost and found again since then.
        last_picture: When the last picture came; None before the first.
    """

    at: datetime
    state: CameraState
    since: datetime
    fps: float
    frames_seen: int
    frames_dropped: int
    reconnects: int
    last_picture: datetime | None


class Detector(Protocol):
    """Anything that finds people in a frame."""

    @property
    def model_id(self) -> str:
        """Names the weights and thresholds: two detectors that may differ in one box have different names."""

    def detect(self, frame: Frame) -> Detections:
        """Finds the people in ``frame``."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know of, from when it began until it was over.

    Attributes:
        id: Names this occurrence; the same in its opening and its closing.
        kind: What it is about.
        camera: Id of the camera; None where it is about the whole store or the machine.
        place: Id of the zone, where it is about one.
        opened: Aware UTC time at which the limit was passed.
        closed: When it was over; None while it lasts; the same as ``opened`` for what has no length.
        words: What happened, in one line for a person.
    """

    id: str
    kind: AlertKind
    camera: str | None
    place: str | None
    opened: datetime
    closed: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far one message about an alert has come on one channel.

    Attributes:
        alert: Id of the alert.
        stage: Whether it says that the alert opened or closed.
        channel: Where it goes.
        tries: Attempts so far.
        next_try: When to try next; None when it was delivered or given up.
        delivered: When the receiver took it; None until then.
        error: Why the last attempt failed, without passwords; empty where none did.
    """

    alert: str
    stage: Literal["opened", "closed"]
    channel: Channel
    tries: int
    next_try: datetime | None
    delivered: datetime | None
    error: str


class Pending(Protocol):
    """Detections that are being computed."""

    def result(self) -> Detections:
        """Waits for them.

        Raises:
            DetectionError: The network failed on this picture.
        """


@runtime_checkable
class Network(Detector, Protocol):
    """A detector that works on several frames at once."""

    def submit(self, frame: Frame) -> Pending:
        """Begins to search ``frame``; waits while the network has enough to do. Safe from any thread."""


class Sight(Protocol):
    """Anything that judges pictures before they are searched. One per camera; keeps what it saw before."""

    def look(self, frame: Frame) -> Glance:
        """Judges the next picture, in order of time."""
