"""Whatever a plan file can get wrong is said in Chinese: no error type of pydantic is left in English."""
from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from tracker.notices.complaints import SENTENCES, complaint
from tracker.notices.schema import PlanFile

ODD = [None, True, 0, 5, -1, 99, 2.5, float("nan"), "", " ", "字" * 30_000, "x", "2027-12-31", "2027-02-30", [], ["x"],
       [None], {}, {"x": 1}, b"x", object()]


@pytest.fixture(scope="module")
def found(plan) -> list[Any]:
    """Every error from putting something odd into each field, leaving it out, and adding one that is not known."""
    good = plan.model_dump(mode="json")
    errors: dict[str, Any] = {}
    for place in places(good):
        for odd in [*ODD, "left out", "added"]:
            data = copy.deepcopy(good)
            spot = data
            for step in place[:-1]:
                spot = spot[step]
            if odd == "left out":
                del spot[place[-1]]
            elif odd == "added":
                spot["unheard_of" if isinstance(spot, dict) else 0] = 1
            else:
                spot[place[-1]] = odd
            try:
                PlanFile.model_validate(data)
            except ValidationError as refused:
                for error in refused.errors(include_url=False):
                    errors[error["type"] + str(error.get("ctx"))[:200]] = error
    return list(errors.values())


def places(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every field; of a list only to the item with most fields, as the others have the same shape."""
    if place:
        yield place
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*place, key))
    elif isinstance(value, list) and value:
        fullest = max(range(len(value)), key=lambda n: len(str(value[n])))
        yield from places(value[fullest], (*place, fullest))


def test_every_error_that_a_broken_field_can_raise_has_its_chinese(found):
    ours = re.compile(r"plan_\w+|\w+_form|untrimmed|no_such_day")
    raised = {error["type"] for error in found if not ours.fullmatch(error["type"])}
    assert raised == set(SENTENCES)


def test_no_english_reaches_the_reader(found):
    known = "lead|co|basis|as_written|amount|unit_word|target|shift|tasks|sections|parts|true|false|before|after|kjcx"
    for error in found:
        if error["type"] == "enum":
            continue
        said = re.sub(rf"“[^”]*”|\b({known})\b", "", complaint(error))
        assert not re.search(r"[A-Za-z]{3,}", said), said


def test_an_enum_names_its_words(found):
    said = {complaint(error) for error in found if error["type"] == "enum"}
    assert "这里只能填 month、quarter、half、year 之一" in said
    assert "这里只能填 before、after 之一" in said


def test_our_own_rules_speak_for_themselves():
    error = {"type": "plan_dates", "loc": ("valid_until",), "msg": "有效期止于印发日之前", "input": None}
    assert complaint(error) == "有效期止于印发日之前"
