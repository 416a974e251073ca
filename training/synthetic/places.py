"""Places whose agencies keep the made-up archive."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.archive import regions
from models.archive.levels import Line


@dataclass(frozen=True, slots=True)
class Place:
    """A region with its archive; ``seat`` is the name of the level the agency belongs to."""

    code: str
    fonds: str
    weight: int
    county: str
    street: str
    area: str
    grade: str

    @property
    def residence(self) -> str:
        """Region code of the county or street where the people of this archive live."""
        return {"500000": "500103", "440300": "440304", "440000": "440106", "510100": "510105"}.get(
            self.code, self.code
        )

    @property
    def seat(self) -> str:
        return regions.full_name(self.code[:6] if self.grade == "街道" else self.code)

    def agency(self, line: Line, year: int) -> str:
        """Return the responsible agency; the medical line had its own bureaus only from 2019."""
        if line is Line.MEDICAL:
            return self.seat + ("医疗保障事务中心" if year >= 2019 else "医疗保险管理中心")
        if self.grade == "街道" and year >= 2010:
            return f"{self.seat}{self.street}劳动就业和社会保障服务所"
        return self.seat + ("社会保险事务中心" if year >= 2010 else "社会保险局")

    def bureau(self, line: Line, year: int) -> str:
        """Return the administrative department that decides."""
        if line is Line.MEDICAL and year >= 2019:
            return f"{self.seat}医疗保障局"
        return self.seat + ("人力资源和社会保障局" if year >= 2009 else "劳动和社会保障局")


@cache
def places() -> tuple[Place, ...]:
    text = (files("training.synthetic") / "vocabulary" / "places.toml").read_text("utf-8")
    return tuple(Place(**row) for row in tomllib.loads(text)["place"])


def place_of(code: str) -> Place:
    """Return the place with this region code; KeyError if there is none."""
    for place in places():
        if place.code == code:
            return place
    raise KeyError(code)
