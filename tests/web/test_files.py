"""佐证材料 on the pages: upload, list, preview, download, take out."""
from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.web.desk import Desk

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def test_a_clerk_uploads_and_the_page_lists_it(desk: Desk) -> None:
    owed = desk.owe()
    answer = desk.clerk.post(f"/reports/{owed}/files", file=[(BytesIO(PDF), "签到表.pdf")])
    assert answer.status_code == 303, answer.text
    page = desk.clerk.get(answer.headers["Location"]).text
    assert "<bdi>签到表.pdf</bdi>" in page
    got = desk.clerk.get("/files/1")
    assert got.data == PDF
    print(got.headers)
