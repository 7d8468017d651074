"""Small shops with something wrong about them, imported and computed by the real commands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import numpy as np

from analytics import frames
from analytics.cli import main
from analytics.cli.opening import opened
from analytics.frames import Window
from analytics.jobs import JOBS, run_window
from analytics.results import open_results
from analytics.settings import load

from .report_shop import text_of
from .small_shop import LINE_HEADER, MONDAY, RECEIPT_HEADER, open_shop, settings

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

MEMBER_HEADER = "member_id,joined_on,age_band,gender,province,consent"
PRODUCT_HEADER = "product_id,gtin,name,description,category,price,cost"
GTIN = "9521101000016"
# Elements that have no end.
_VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "path", "line", "rect", "circle", "polyline", "polygon"})
_ODD_WORDS = re.compile(r"\b(?:nan|NaN|NaT|inf|Infinity|None(?! of)|Timestamp|Traceback)\b|<NA>|\bnp\.|[{}]")
# Every question of every topic: none may be forgotten, whatever is missing.
QUESTIONS = {
    "anomalies": {"traffic", "receipts", "sales", "conversion", "returns", "return_share", "dwell"},
    "baskets": {"product_rules", "category_rules"},
    "churn": {"buy_again"},
    "demand": {"products_week", "products_period", "members"},
    "describe": {"frequency", "value", "time", "basket", "dwell"},
    "forecast": {"visits", "receipts", "conversion", "sales_minor", "staff"},
    "network": {"product_network", "member_network"},
    "recommend": {"lists", "trial", "similar"},
    "segments": {"named", "ratio", "clusters", "odd", "tastes", "moves"},
    "value": {"purchases", "spending", "holdout", "simple"},
}


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt.

    Attributes:
        day: Since ``MONDAY``.
        items: Product, units, cents each.
        member: None: no card.
        minute: After midnight.
        kind: Of receipt.
        returns: The receipt that it returns.
        name: None: after its place.
    """

    day: int
    items: tuple[tuple[str, int, int], ...] = (("P0", 1, 1000),)
    member: str | None = None
    minute: int = 630
    kind: str = "sale"
    returns: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A card, as it stands in the file."""

    name: str
    joined: date = date(2025, 1, 1)
    age: str = "30-39"
    gender: str = "f"
    province: str = "Berlin"
    consent: bool = True


@dataclass(frozen=True, slots=True)
class Odd:
    """A shop.

    Attributes:
        slips: What was sold.
        members: Who holds a card; None: there is no file of members.
        products: Id, name, description, category, None: no product master.
        days: Since ``MONDAY``.
        cameras: How many of the days cameras saw.
        rules: More of the settings.
    """

    slips: tuple[Slip, ...] = ()
    members: tuple[Member, ...] | None = ()
    products: tuple[tuple[str, str, str, str], ...] | None = (("P0", "Loafer", "A loafer", "shoes"),)
    days: int = 3
    cameras: int = 3
    rules: str = ""

    @property
    def last(self) -> date:
        """The last day."""
        return MONDAY + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a shop.

    Attributes:
        config: Its settings.
        status: Of the last run of each job.
        notes: What the jobs said.
        answers: ``frames.ANSWERS``.
        pages: By language.
    """

    config: Path
    status: dict[str, str]
    notes: dict[str, str]
    answers: pd.DataFrame
    pages: dict[str, str] = field(default_factory=dict)


def euros(cents: int) -> str:
    """``12.90``."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02}"


def write(shop: Odd, folder: Path) -> Path:
    """The shop's database and files; its settings are given back."""
    (folder / "sales").mkdir(parents=True, exist_ok=True)
    if not (folder / "footfall.sqlite").exists():
        open_shop(folder / "footfall.sqlite", shop.cameras)
    path = settings(folder)
    rules = '[report]\nlanguage = "both"\nperiods = []\nformats = []\n' + shop.rules
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    sell(shop, folder)
    return path


def sell(shop: Odd, folder: Path) -> None:
    """Writes what was sold, and to whom, in the place of what was there."""
    texts: dict[str, list[str]] = {"receipts": [RECEIPT_HEADER], "receipt_lines": [LINE_HEADER]}
    for place, slip in enumerate(shop.slips):
        name = slip.name or f"R{place}"
        begin = datetime.combine(MONDAY + timedelta(days=slip.day), time(slip.minute // 60, slip.minute % 60))
        at = begin + timedelta(seconds=place % 60)
        total = sum(units * cents for _, units, cents in slip.items)
        member, kind = slip.member or "", slip.kind
        texts["receipts"].append(f"{name},T1,{at:%Y-%m-%dT%H:%M:%S},{kind},{euros(total)},EUR,{member},{slip.returns}")
        for number, (product, units, cents) in enumerate(slip.items):
            row = f"{name},{number},{product},{units},{euros(cents)},0.00,{euros(units * cents)}"
            texts["receipt_lines"].append(row)
    if shop.members is not None:
        texts["members"] = [MEMBER_HEADER]
        for one in shop.members:
            consent = str(one.consent).lower()
            texts["members"].append(f"{one.name},{one.joined},{one.age},{one.gender},{one.province},{consent}")
    if shop.products is not None:
        texts["products"] = [PRODUCT_HEADER]
        texts["products"] += [f'{p},{GTIN},"{n}","{about}",{group},10.00,4.00' for p, n, about, group in shop.products]
    for kind, rows in texts.items():
        (folder / "sales" / f"{kind}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def run(shop: Odd, folder: Path, *jobs: str) -> Ran:
    """Imports and computes all that there is, as a person would, or some jobs."""
    config = write(shop, folder)
    if not jobs:
        days = ["--since", str(MONDAY), "--until", str(shop.last + timedelta(days=1))]
        # How it went is read from the ledger: a file with rejected rows is no job that failed.
        main(["run", "all", "--config", str(config), *days])
    else:
        with opened(load(config)) as context:
            window = Window.of(MONDAY, shop.last + timedelta(days=1), context.time)
            list(run_window(context, [job for job in JOBS if job.name in jobs], window))
    return look(config)


def look(config: Path) -> Ran:
    """What the ledger, the answers and the pages say."""
    results = open_results(config.parent / "footfall.sqlite")
    try:
        with results.reading() as connection:
            runs = connection.exec_driver_sql("SELECT job, status, message FROM job_run ORDER BY job_run_id").fetchall()
        answers = results.read(frames.ANSWERS)
    finally:
        results.close()
    pages = {
        code: path.read_text(encoding="utf-8")
        for code, name in (("en", "report.html"), ("zh", "report.zh.html"))
        if (path := config.parent / "report" / name).is_file()
    }
    return Ran(config, {job: status for job, status, _ in runs}, {j: m or "" for j, _, m in runs}, answers, pages)


class _Tags(HTMLParser):
    """Whether every element that begins ends, in order; and what the headings and the lines of the absent say."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.headings: list[str] = []
        self.lines: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        self.wrong += [f"{tag} {name}={value}" for name, value in attrs if value and _bad(value)]
        if tag in {"h2", "h3"}:
            self.headings.append("")
        elif tag == "li":
            self.lines.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.wrong += [f"{tag} {name}={value}" for name, value in attrs if value and _bad(value)]

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if {"h2", "h3"} & set(self.open):
            self.headings[-1] += data
        elif "li" in self.open:
            self.lines[-1] += data


def _bad(text: str) -> list[str]:
    """What no person should read: a number that is none, a value of ours, a message without its values."""
    return _ODD_WORDS.findall(text)


def faults_of(page: str) -> list[str]:
    """What is wrong with a page: tags that do not end, numbers that are none."""
    reader = _Tags()
    reader.feed(page)
    reader.close()
    wrong = [*reader.wrong, *(f"<{tag}> never ends" for tag in reader.open)]
    text = text_of(page)
    return wrong + [f"{word!r} in the text: …{_around(text, word)}…" for word in _bad(text)]


def _around(text: str, word: str) -> str:
    at = text.find(word)
    return text[max(at - 80, 0) : at + 40]


def told(page: str) -> tuple[list[str], list[str]]:
    """The headings of a page, and its lists' lines."""
    reader = _Tags()
    reader.feed(page)
    return [" ".join(one.split()) for one in reader.headings], [" ".join(one.split()) for one in reader.lines]


def regulars(many: int = 120, days: int = 140, seed: int = 1, goods: int = 12) -> Odd:
    """A shop like others: members with a rhythm and a taste each, some of whom stop one day, and people of no card."""
    rng = np.random.default_rng(seed)
    slips: list[Slip] = []
    for n in range(many):
        gap = float(rng.choice([5, 9, 14, 30]))
        leaves = rng.exponential(7 * gap) + 30 if rng.random() < 0.6 else np.inf
        day, taste = float(rng.uniform(0, gap)), int(rng.integers(goods))
        while day < min(days, leaves):
            slips.append(Slip(int(day), _items(rng, goods, taste), f"M{n:03}", int(rng.integers(9 * 60, 20 * 60))))
            day += gap * float(rng.uniform(0.8, 1.2))
    for number in range(days):
        slips += [
            Slip(number, _items(rng, goods, int(rng.integers(goods))), None, int(rng.integers(540, 1200)))
            for _ in range(int(rng.poisson(4)))
        ]
    slips = [slip for slip in slips if (MONDAY + timedelta(days=slip.day)).weekday() != 6]
    slips.sort(key=lambda slip: (slip.day, slip.minute))
    ages = ("18-24", "25-34", "35-49", "50-64")
    members = tuple(
        Member(f"M{n:03}", MONDAY - timedelta(days=30), ages[n % 4], "mf"[n % 2], ("Berlin", "Hessen")[n % 2])
        for n in range(many)
    )
    about = [(f"P{n}", f"Thing {n}", f"A {('red', 'blue')[n % 2]} thing {n}", f"c{n % 3}") for n in range(goods)]
    return Odd(tuple(slips), members, tuple(about), days, cameras=days)


def _items(rng: np.random.Generator, goods: int, taste: int) -> tuple[tuple[str, int, int], ...]:
    """One to three things, mostly of one's taste, and mostly with what belongs to them."""
    wanted = [taste if rng.random() < 0.6 else int(rng.integers(goods)) for _ in range(int(rng.integers(1, 3)))]
    wanted += [n ^ 1 for n in wanted[:1] if rng.random() < 0.7 and n ^ 1 < goods]
    return tuple((f"P{n}", int(rng.integers(1, 4)), 500 + 100 * n) for n in dict.fromkeys(wanted))


def each(shop: Odd, **changes: object) -> Odd:
    """The same shop with every receipt changed."""
    return replace(shop, slips=tuple(replace(slip, **changes) for slip in shop.slips))  # type: ignore[arg-type]
