"""A small archive for the privacy officer: made-up people of two regions."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.access.principal import Role
from tests.e2e.http_archive import OTHER_REGION, REGION, House, add_account
from training.synthetic.identities import Identities, Person

BORN = (date(1950, 1, 1), date(2000, 12, 31))
NICKNAME = "蓝鲸七号"
CODE = "卷宗暗语乙丑廿四"


@dataclass
class Papers:
    """What was deposited: the people, and document ids by name."""

    people: list[Person] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)


def text_about(person: Person, more: str = "") -> str:
    return (
        f"企业职工退休审批表\n姓名：{person.name}\n公民身份号码：{person.resident_id}\n联系电话：{person.phone}\n"
        f"银行卡号：{person.bank_card}\n该职工符合基本养老保险退休条件，批准退休。{more}\n"
    )


def metadata_of(person: Person, region: str, number: int) -> dict[str, Any]:
    return {
        "title": f"退休审批表第{number}件",
        "insurance_type": "养老",
        "region": region,
        "formed_on": "2019-03-05",
        "holder_name": person.name,
        "holder_id": person.resident_id,
        "employer": "渝州齿轮厂",
    }


def deposited(house: House) -> Papers:
    """Take in six documents of the officer's region and one of another, and add a second officer."""
    add_account(house.archive, "second-officer", Role.PRIVACY_OFFICER)
    add_account(house.archive, "far-officer", Role.PRIVACY_OFFICER, region_prefixes=(OTHER_REGION,))
    add_account(house.archive, "far-archivist", Role.ARCHIVIST, region_prefixes=(OTHER_REGION,))
    source, papers = Identities(random.Random(7)), Papers()
    intake, far = house.bearer("intake"), house.bearer("far-archivist")
    for number in range(1, 8):
        person = source.person(born=BORN, region="500111")
        papers.people.append(person)
        more = f"同组工友绰号{NICKNAME}，其事另见{CODE}。" if number in (1, 2, 7) else ""
        region = OTHER_REGION if number == 7 else REGION
        papers.ids[str(number)] = deposit(
            house,
            far if number == 7 else intake,
            text_about(person, more),
            metadata_of(person, region, number),
            f"{number}.txt",
        )
    clean = {
        "title": "养老保险政策摘要",
        "insurance_type": "养老",
        "region": REGION,
        "formed_on": "2020-01-01",
    }
    policy = "参加基本养老保险的个人，达到法定退休年龄时累计缴费满十五年的，按月领取基本养老金。"
    papers.ids["clean"] = deposit(house, intake, policy, clean, "clean.txt")
    return papers


def deposit(house: House, headers: dict[str, str], text: str, metadata: dict[str, Any], name: str) -> str:
    answer = house.deposit(headers, text, metadata, name)
    assert answer.status_code == 202, answer.text
    job = house.outcome(headers, answer.json()["job_id"])
    assert job["kind"] == "stored", job
    return str(job["doc_id"])
