"""What a file is, by its content (文件类型), and why it is not taken."""
from __future__ import annotations

import io
import zipfile

import pytest

from tests.battery import evil
from tracker.domain.file_kinds import SHOWN_INLINE, recognise
from tracker.domain.file_refusals import size_words
from tracker.domain.words import FileKind
from tracker.errors import Refused


def found(content: bytes, name: str):
    return recognise(io.BytesIO(content), len(content), name)


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(Refused) as error:
        found(content, name)
    assert error.value.fields == {"file": error.value.message}
    return error.value.message


@pytest.mark.parametrize(("content", "name", "kind", "media_type"), [
    (evil.pdf(), "报告.pdf", FileKind.pdf, "application/pdf"),
    (evil.doc(), "报告.doc", FileKind.word, "application/msword"),
    (evil.doc(), "报告.wps", FileKind.wps, "application/msword"),
    (evil.docx(), "报告.DOCX", FileKind.word,
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (evil.docx(), "报告.wps", FileKind.wps, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (evil.xls(), "表.xls", FileKind.excel, "application/vnd.ms-excel"),
    (evil.xls(), "表.et", FileKind.wps, "application/vnd.ms-excel"),
    (evil.xlsx(), "表.xlsx", FileKind.excel, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (evil.xlsx(), "表.et", FileKind.wps, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (evil.pptx(), "片.dps", FileKind.wps, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (evil.ole("PowerPoint Document"), "片.dps", FileKind.wps, "application/vnd.ms-powerpoint"),
    (evil.ofd(), "公文.ofd", FileKind.ofd, "application/ofd"),
    (evil.zipped({"照片/1.jpg": "x", "说明.docx": "y"}), "材料.zip", FileKind.zip, "application/zip"),
    (evil.png(), "图.png", FileKind.image, "image/png"), (evil.gif(), "图.gif", FileKind.image, "image/gif"),
    (evil.jpeg(), "图.jpeg", FileKind.image, "image/jpeg"), (evil.bmp(), "图.bmp", FileKind.image, "image/bmp"),
    (evil.webp(), "图.webp", FileKind.image, "image/webp"), (evil.tiff(), "图.tif", FileKind.image, "image/tiff"),
    (evil.pdf(), "没有后缀", FileKind.pdf, "application/pdf"),
])
def test_what_is_taken(content, name, kind, media_type):
    result = found(content, name)
    assert (result.kind, result.media_type, result.marks) == (kind, media_type, ())


def test_browsers_show_pdf_and_raster_pictures_by_themselves_and_nothing_else():
    assert sorted(SHOWN_INLINE) == ["application/pdf", "image/apng", "image/bmp", "image/gif", "image/jpeg",
                                    "image/png", "image/webp"]


@pytest.mark.parametrize(("content", "name"), [
    (evil.EXE, "方案.exe"), (evil.pdf(), "方案.exe"), (evil.SVG, "图.svg"), (evil.HTML, "页.html"),
    (evil.pptx(), "片.pptx"),
    (evil.HTML, "没有后缀"), (evil.RTF, "文.rtf"), (b"a,b", "表.csv"),
])
def test_other_kinds_are_told_what_may_be_sent(content, name):
    assert refusal(content, name) == f"“{name}”不能传。可以传 Word、WPS、Excel、PDF、OFD、图片、ZIP"


@pytest.mark.parametrize(("content", "name"), [
    (evil.HTML, "页.pdf"), (evil.HTML, "页.docx"), (evil.EXE, "程序.pdf"), (evil.SVG, "图.png"), (evil.MHT, "存.doc"),
    (evil.RTF, "文.doc"), (evil.ole("Contents"), "别的.doc"), (evil.pptx(), "片.zip"), (evil.pptx(), "片.docx"),
])
def test_content_that_is_none_of_them_is_refused_whatever_the_name(content, name):
    assert refusal(content, name) == f"“{name}”的内容和名字对不上，没有收下。请用办公软件打开，另存一份再传"


@pytest.mark.parametrize(("content", "name", "really"), [
    (evil.xls(), "表.xlsx", "Excel文件（.xls）"), (evil.docx(), "文.doc", "Word文件（.docx）"),
    (evil.pdf(), "图.png", "PDF文件（.pdf）"),
    (evil.ofd(), "公文.zip", "OFD文件（.ofd）"), (evil.docx(), "包.zip", "Word文件（.docx）"),
    (evil.png(), "图.jpg", "图片文件（.png）"),
    (evil.zipped({"a": "b"}), "文.docx", "ZIP文件（.zip）"),
])
def test_a_name_of_another_kind_is_told_what_the_file_is(content, name, really):
    assert refusal(content, name) == f"“{name}”其实是{really}，和名字对不上，没有收下。请打开后另存为要用的格式再传"


@pytest.mark.parametrize(("content", "name"), [
    (evil.locked_pdf(), "锁.pdf"), (evil.locked_zip(), "锁.zip"), (evil.doc(locked=True), "锁.doc"),
    (evil.xls(locked=True), "锁.xls"), (evil.ole("EncryptedPackage", "EncryptionInfo"), "锁.xlsx"),
])
def test_a_password_is_told_to_be_taken_off(content, name):
    assert refusal(content, name) == f"“{name}”设了密码，没有收下。请去掉密码另存一份再传"


@pytest.mark.parametrize(("content", "name"), [
    (evil.xlsx(**{evil.MACRO_PART: "x"}), "表.xlsx"), (evil.ole("Workbook", "_VBA_PROJECT_CUR"), "表.xls"),
    (evil.docx(**{"word/styles.xml": "application/vnd.ms-word.document.macroEnabled.main+xml"}), "文.docx"),
])
def test_macros_are_refused_whatever_the_ending(content, name):
    assert refusal(content, name) == f"“{name}”里带有宏，没有收下。请另存为不带宏的 docx 或 xlsx 再传"


WHOLE = {"x.pdf": evil.pdf(), "x.doc": evil.doc(), "x.docx": evil.docx("正" * 400),
 "x.zip": evil.zipped({"a.txt": "b" * 900}),
         "x.png": evil.png(), "x.gif": evil.gif(), "x.jpg": evil.jpeg(), "x.bmp": evil.bmp(), "x.webp": evil.webp()}


@pytest.mark.parametrize("name", WHOLE)
def test_cut_off_anywhere_a_file_is_not_whole(name):
    content = WHOLE[name]
    told = {f"“{name}”不完整，可能没有拷完或者已经损坏，没有收下。请先确认原件打得开，重新保存后再传",
            f"“{name}”的内容和名字对不上，没有收下。请用办公软件打开，另存一份再传"}
    for end in range(1, len(content) - 22, max(len(content) // 40, 1)):
        assert refusal(content[:end], name) in told, end


def test_an_empty_file_is_told_to_be_saved_again():
    assert refusal(b"", "空.pdf") == "“空.pdf”是空的（0字节），没有收下。请打开原件看一看，重新保存后再传"


def test_a_zip_behind_a_pdf_is_refused():
    assert "除了PDF还接着一个压缩包" in refusal(evil.pdf() + evil.zipped({"a": "b"}) + b"%%EOF", "两样.pdf")


@pytest.mark.parametrize(("content", "reason"), [
    (evil.many(5001), "里的文件太多"), (evil.bomb(501), "解开后太大"), (evil.lying_zip(4_000_000_000), "解开后太大"),
    (evil.zipped({"内层.zip": evil.zipped({"a": "b"})}), "里还套着压缩包（内层.zip）"),
    (evil.zipped({"装/方案.EXE": "MZ"}), "里有“装/方案.EXE”，不能传"),
    (evil.zipped({"../../etc/cron.d/x": "x"}), "路径指到别处（../../etc/cron.d/x）"),
    (evil.zipped({"/etc/x": "x"}), "路径指到别处"),
    (evil.zipped({"..\\x.txt": "x"}), "路径指到别处"), (evil.zipped({"C:\\x.txt": "x"}), "路径指到别处"),
    (evil.with_link("看.txt", "/etc/passwd"), "路径指到别处"), (evil.doubled("甲.txt"), "路径指到别处"),
    (evil.zipped({}), "里一个文件也没有"),
])
def test_a_zip_that_hides_something_is_refused_from_its_directory(content, reason):
    assert reason in refusal(content, "包.zip")


def test_a_document_that_unpacks_to_far_too_much_is_refused():
    assert "解开后太大" in refusal(evil.docx(**{"word/media.xml": "x" * (101 * 1024 * 1024)}), "大.docx")


def test_a_picture_beyond_what_a_browser_shows_is_refused_by_its_first_bytes():
    assert refusal(evil.png(60_000, 60_000), "大.png") == "“大.png”有60,000×60,000个像素，太大，没有收下。请缩小后再传"


@pytest.mark.parametrize("content", [evil.docx(evil.DOCTYPE),
 evil.docx(**{"word/_rels/document.xml.rels": evil.DOCTYPE})])
def test_entities_in_a_part_are_refused_unread(content):
    assert "外部引用" in refusal(content, "文.docx")


@pytest.mark.parametrize(("content", "name", "marks"), [
    (evil.docx("秘</t></r><r><t>密★5年"), "文.docx", ("秘密★",)), (evil.xlsx("内部资料"), "表.xlsx", ("内部资料",)),
    (evil.ofd("机 密 ★"), "文.ofd", ("机密★",)), (evil.docx("绝密☆"), "文.wps", ("绝密★",)),
    (evil.doc("机密★10年".encode("utf-16-le")), "文.doc", ("机密★",)), (evil.pdf("秘密★"), "文.pdf", ("秘密★",)),
    (evil.pdf(extra=b"<" + "秘密★".encode("utf-16-be").hex().encode() + b"> Tj\n"), "文.pdf", ("秘密★",)),
    (evil.zipped({"秘密★名单.txt": "x"}), "包.zip", ("秘密★",)), (evil.docx("保守秘密，人人有责"), "文.docx", ()),
])
def test_marks_of_classified_papers_are_found_where_text_stands_uncompressed_or_in_xml(content, name, marks):
    assert found(content, name).marks == marks


def test_names_in_a_zip_made_on_a_chinese_windows_are_read():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("x" * 12 + ".rar", "y")
    gbk = content.getvalue().replace(b"x" * 12, "内部材料甲乙".encode("gb18030"))
    assert "（内部材料甲乙.rar）" in refusal(gbk, "包.zip")


@pytest.mark.parametrize(("size", "words"), [(0, "0字节"), (1023, "1023字节"), (1024, "1KB"), (52_428_801, "51MB"),
 (75_497_472, "72MB")])
def test_sizes_are_rounded_up(size, words):
    assert size_words(size) == words
