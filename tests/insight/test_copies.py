import random
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insight.copies import (
    FEWEST_SHINGLES,
    MOST_LONGER,
    SKETCH_SIZE,
    are_copies,
    fingerprint,
    resemblance,
)
from insight.terms import Words

WIRE = """\
The ferry Aurelia ran aground off the island of Tesmar early on Monday with 214 people on board, \
the coast guard said. Nobody was hurt, but eleven passengers were treated for cold.

Lifeboats from three harbours took two hours to bring everyone ashore in a heavy swell. The last \
to leave the ship were the captain and two engineers, who had kept the pumps running.

"We heard a long scraping noise and then all the lights went out," said Marta Ilves, a teacher \
who was travelling with her class. "The crew stayed calm and so did the children."

The ship, built in 1998, had passed an inspection in March. Investigators want to know why it was \
half a mile north of its usual course when it struck the reef."""

IN_OWN_WORDS = """\
All 214 passengers and crew of the Aurelia are safe after the ferry hit a reef near Tesmar in the \
small hours of Monday. Eleven of them were being looked after by doctors on the quay.

For two hours crews from three harbours went back and forth between the wreck and the town, whose \
sports hall has been turned into a shelter with blankets and soup for those who wait.

A teacher, Marta Ilves, told reporters that her pupils had hardly been afraid. "The crew stayed \
calm and so did the children," she said, before she boarded a bus to the capital.

Why the vessel had left its course is the question that three investigators will put to the \
captain today; papers show that it was last inspected in spring, without complaint."""

ELSEWHERE = """\
Bakers in the valley of Orm have agreed to a minimum price for rye bread, the first in the region \
since the mills were sold. Small shops had threatened to close on Saturdays.

The agreement runs until next autumn and binds forty-one of the fifty bakeries. The guild called \
it a truce; the association of consumers spoke of a cartel and promised to look into it.

Flour has become a third dearer within a year, as the harvest failed in two counties out of five. \
Bread is still cheaper here than across the border, where a loaf costs almost twice as much."""

PARAGRAPHS = WIRE.split("\n\n")
LEAD, RESCUE, TEACHER, COURSE = PARAGRAPHS
NEW_LEAD = """\
More than two hundred travellers had to be rescued from a stranded ferry near Tesmar before dawn. \
Nobody was hurt, but eleven passengers were treated for cold."""
CLOSING = (
    "Do you know more? Write to our newsroom, and follow us for what happens next in the region."
)

COPIES = {
    "the same": WIRE,
    "another first sentence": "\n".join([NEW_LEAD, *PARAGRAPHS[1:]]),
    "a paragraph dropped": "\n".join([LEAD, TEACHER, COURSE]),
    "another lead and a paragraph dropped": "\n".join([NEW_LEAD, RESCUE, COURSE]),
    "a closing line": "\n".join([*PARAGRAPHS, CLOSING]),
    "a credit": f"TESMAR (Agency) - {WIRE}\nWith material from agencies.",
    "the last ones in another order": "\n".join([LEAD, RESCUE, COURSE, TEACHER]),
    "cut after half": "\n".join([LEAD, RESCUE]),
    "a few words replaced": WIRE.replace("hurt", "injured")
    .replace("ashore", "to land")
    .replace("reef", "rock")
    .replace("calm", "quiet"),
}

# A text; the same with another sentence or one less; the event in words of its own.
LANGUAGES = {
    "Korean": """\
27일 오전 서울 한강 하류에서 유람선 한 척이 모래톱에 걸려 승객 육십 명이 구조됐다. \
다친 사람은 없으며 승객들은 모두 근처 선착장으로 옮겨졌다고 소방 당국은 밝혔다. \
배는 정기 점검을 마친 지 두 달밖에 되지 않은 것으로 알려졌다. \
경찰은 선장을 불러 평소 항로를 벗어난 까닭을 조사할 계획이다.

한강에서 유람선이 좌초해 승객이 전원 무사히 구조되는 일이 있었다. \
다친 사람은 없으며 승객들은 모두 근처 선착장으로 옮겨졌다고 소방 당국은 밝혔다. \
배는 정기 점검을 마친 지 두 달밖에 되지 않은 것으로 알려졌다. \
경찰은 선장을 불러 평소 항로를 벗어난 까닭을 조사할 계획이다.

모래톱에 얹힌 한강 유람선의 승객 육십 명이 소방대원들의 도움으로 뭍에 올랐다. \
소방서는 부상자가 한 명도 나오지 않았다면서 승객을 선착장까지 데려다줬다고 설명했다. \
두 달 전 점검에서는 아무런 이상이 발견되지 않았다. \
항로를 왜 벗어났는지에 대해서는 선장이 곧 경찰에서 진술하게 된다.""",
    "Chinese": """\
星期一清晨，一艘载有二百人的渡轮在小岛附近触礁搁浅，海上救援中心随即派出三艘救生艇。\
两个小时之后，所有乘客都被安全送到岸上，只有十一人因为受凉接受治疗。\
这艘船建于一九九八年，今年三月刚刚通过年度检验。\
调查人员希望弄清它为什么偏离了平时的航线。

星期一清晨，一艘载有二百人的渡轮在小岛附近触礁搁浅，海上救援中心随即派出三艘救生艇。\
两个小时之后，全部乘客都被安全送到岸上，只有十一人因为受凉接受治疗。\
调查人员希望弄清它为什么偏离了平时的航线。

渡轮撞上礁石后，船上约二百名旅客周一凌晨获救。\
救生艇来回行驶，用了两小时才把大家接回港口。\
医生说，十一名旅客体温过低，其余的人没有受伤。\
船龄已近三十年，但春天的检查没有发现问题，船长将向调查组说明当时的情况。""",
    "Japanese": """\
月曜日の早朝、二百人を乗せたフェリーが島の沖合で座礁し、海上保安部の巡視艇が救助に向かった。\
乗客は二時間後に全員が港に運ばれ、十一人が低体温のため病院で手当てを受けた。\
船は三月の検査に合格しており、調査官はふだんの航路を外れた理由を調べている。

乗客は二時間後に全員が港に運ばれ、十一人が低体温のため病院で手当てを受けた。\
船は三月の検査に合格しており、調査官はふだんの航路を外れた理由を調べている。（共同）

島の近くで浅瀬に乗り上げたフェリーから、乗っていたおよそ二百人が助け出された。\
けが人はなかったが、体が冷えた十一人を医師が診察した。\
なぜいつもと違う針路を取ったのか、船長が近く事情を説明する見通しだ。""",
    "German": """\
Vor der Insel Tesmar ist am frühen Montag eine Fähre mit über zweihundert Menschen an Bord auf \
Grund gelaufen. Verletzt wurde nach Angaben der Küstenwache niemand, elf Fahrgäste waren \
unterkühlt. Rettungsboote aus drei Häfen brachten in zwei Stunden alle an Land. Das Schiff war \
erst im März überprüft worden; warum es den üblichen Kurs verließ, ist offen.

Glück im Unglück hatten die Gäste einer Fähre. VERLETZT WURDE nach Angaben der Kuestenwache \
niemand, elf Fahrgäste waren unter\u00adkühlt. Rettungs\u00adboote aus drei Häfen brachten in \
zwei Stunden alle an Land. Das Schiff war erst im März überprüft worden; warum es den üblichen \
Kurs verliess, ist offen.

Alle Fahrgäste der Fähre, die am Montag auf ein Riff lief, sind in Sicherheit. Die Helfer \
fuhren zwei Stunden lang zwischen dem Wrack und der Stadt hin und her, elf Menschen mussten \
sich in einer Turnhalle aufwärmen. Den Kapitän erwarten nun Fragen nach seinem Kurs, denn bei \
der letzten Untersuchung im Frühjahr war am Schiff nichts auszusetzen.""",
    "Thai": """\
เรือข้ามฟากลำหนึ่งเกยตื้นใกล้เกาะเมื่อเช้าวันจันทร์ \
ผู้โดยสารกว่าสองร้อยคนได้รับการช่วยเหลืออย่างปลอดภัย ไม่มีผู้บาดเจ็บ \
แต่สิบเอ็ดคนต้องพบแพทย์เพราะอากาศหนาว เรือลำนี้เพิ่งผ่านการตรวจสภาพเมื่อเดือนมีนาคม

ผู้โดยสารกว่าสองร้อยคนได้รับการช่วยเหลืออย่างปลอดภัย ไม่มีผู้บาดเจ็บ \
แต่สิบเอ็ดคนต้องพบแพทย์เพราะอากาศหนาว เรือลำนี้เพิ่งผ่านการตรวจสภาพเมื่อเดือนมีนาคม

หน่วยกู้ภัยใช้เวลาสองชั่วโมงพาผู้คนทั้งหมดออกจากเรือที่ชนหิน\
โสโครกในคืนวันอาทิตย์ กัปตันจะถูกสอบถามว่าทำไมเรือออกนอกเส้น\
ทาง ทั้งที่การตรวจครั้งล่าสุดไม่พบสิ่งผิดปกติใดเลย""",
    "Arabic": """\
جنحت عبّارة تقل أكثر من مئتي راكب قرب الجزيرة فجر الاثنين، وقال خفر السواحل إن أحدا لم يصب \
بأذى. ونقلت قوارب النجاة جميع الركاب إلى الميناء خلال ساعتين. وكانت السفينة قد اجتازت الفحص \
السنوي في آذار، ويريد المحققون معرفة سبب خروجها عن مسارها المعتاد.

ونقلت قوارب النجاة جميع الركاب إلى الميناء خلال ساعتين. وكانت السفينة قد اجتازت الفحص السنوي في \
آذار، ويريد المحققون معرفة سبب خروجها عن مسارها المعتاد. (وكالات)

وصل ركاب العبّارة التي اصطدمت بصخور الجزيرة سالمين إلى البر بعد ليلة طويلة، حيث استقبلهم \
الأهالي بالبطانيات والحساء. وسيسأل القبطان عن الطريق الذي سلكه، علما بأن آخر تفتيش للمركب لم \
يظهر أي عيب.""",
}

KOREAN, CHINESE = (LANGUAGES[name].split("\n\n")[0] for name in ("Korean", "Chinese"))

BRIEF = """\
Heavy snow closed the airport of Lindal on Friday, and forty flights to the islands were cancelled \
or sent to other towns."""

FULL = struct.calcsize(f"<{1 + SKETCH_SIZE}I")
TEXTS = st.one_of(
    st.text(st.characters()),
    st.lists(
        st.sampled_from(["ab", "cd", "ef", "한강", "東", "ไทย", "é", "U.S.", "\ud800"]),
        max_size=400,
    ).map(" ".join),
)


def words(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [f"word{rng.randrange(10**6)}" for _ in range(count)]


@pytest.mark.parametrize("edited", COPIES.values(), ids=COPIES)
def test_a_lightly_edited_text_is_a_copy(edited: str) -> None:
    assert are_copies(fingerprint(WIRE), fingerprint(edited))


@pytest.mark.parametrize("edited", COPIES.values(), ids=COPIES)
def test_a_lightly_edited_text_is_no_copy_of_another_report(edited: str) -> None:
    assert not are_copies(fingerprint(IN_OWN_WORDS), fingerprint(edited))


def test_reports_of_one_event_that_share_a_quote_are_not_copies() -> None:
    assert 0 < resemblance(fingerprint(WIRE), fingerprint(IN_OWN_WORDS)) < 0.2


def test_texts_on_different_things_have_nothing_in_common() -> None:
    assert resemblance(fingerprint(WIRE), fingerprint(ELSEWHERE)) == 0


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=LANGUAGES)
def test_copies_are_recognised_in_every_language(texts: str) -> None:
    text, edited, own_words = texts.split("\n\n")
    assert are_copies(fingerprint(text), fingerprint(edited))
    assert not are_copies(fingerprint(text), fingerprint(own_words))


@pytest.mark.parametrize(
    "spelling",
    [
        WIRE.upper(),
        " ".join(WIRE.split()),
        WIRE.replace("\n\n", "\r\n"),
        WIRE.replace('"', "”").replace(",", " —"),
        WIRE.replace("Monday", "Mo\u00adnday").replace("Nobody", "No\u200bbody"),
        WIRE.replace("a", "á"),
        "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in WIRE),
    ],
    ids=["case", "lines", "line ends", "punctuation", "hyphenation", "accents", "width"],
)
def test_spelling_and_layout_do_not_tell_texts_apart(spelling: str) -> None:
    assert fingerprint(spelling) == fingerprint(WIRE)


def test_points_in_an_abbreviation_do_not_tell_texts_apart() -> None:
    text = f"The U.S. sent two cutters. {WIRE}"
    assert fingerprint(text) == fingerprint(text.replace("U.S.", "US"))


def test_a_text_of_four_sentences_may_have_another_lead_and_lose_one() -> None:
    four = [" ".join(words(20, seed)) for seed in range(4)]
    another = " ".join(words(20, 5))
    edited = "\n".join([another, *four[2:]])
    assert are_copies(fingerprint("\n".join(four)), fingerprint(edited))


def test_half_of_a_long_text_is_not_enough() -> None:
    shared = words(300, 1)
    one, other = shared + words(300, 2), shared + words(300, 3)
    assert not are_copies(fingerprint(" ".join(one)), fingerprint(" ".join(other)))


def test_a_roundup_is_not_a_copy_of_the_texts_in_it() -> None:
    roundup = fingerprint("\n".join([WIRE, ELSEWHERE, " ".join(words(200, 1))]))
    assert resemblance(fingerprint(WIRE), roundup) > 0.9
    assert not are_copies(fingerprint(WIRE), roundup)


def test_a_text_cut_to_two_fifths_is_still_a_copy() -> None:
    text = words(1_000, 1)
    shorter = text[: int(1_000 / MOST_LONGER) + 5]
    assert are_copies(fingerprint(" ".join(text)), fingerprint(" ".join(shorter)))


def test_a_brief_of_one_sentence_is_compared_too() -> None:
    assert are_copies(fingerprint(BRIEF), fingerprint(BRIEF.replace("Heavy snow", "Snow")))
    other = BRIEF.partition(",")[0] + ", where travellers slept on the floor under coats and flags."
    assert not are_copies(fingerprint(BRIEF), fingerprint(other))


def test_a_note_of_a_page_says_nothing_about_the_article() -> None:
    note = fingerprint("Sign in or subscribe to read on. It takes a minute.")
    assert note == b""
    assert not are_copies(note, note)
    assert not are_copies(note, fingerprint(WIRE))
    assert resemblance(note, note) == resemblance(fingerprint(WIRE), note) == 0


def test_the_shortest_text_that_has_a_fingerprint_has_sixteen_words() -> None:
    assert fingerprint(" ".join(words(15, 1))) == b""
    shortest = fingerprint(" ".join(words(16, 1)))
    assert struct.unpack("<13I", shortest)[0] == FEWEST_SHINGLES
    assert are_copies(shortest, shortest)


def test_a_fingerprint_is_the_number_of_shingles_and_the_smallest_hashes_in_order() -> None:
    sketch = fingerprint(" ".join(words(50_000, 1)))
    count, *hashes = struct.unpack(f"<{1 + SKETCH_SIZE}I", sketch)
    assert 49_900 < count <= 49_996
    assert hashes == sorted(set(hashes))
    assert hashes[-1] < 2**32 / 50_000 * SKETCH_SIZE * 1.5


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (
            BRIEF,
            (
                "12000000dfc35e0d6bf8591023df5b14a0aa6a16dc6d1218f0c50e3d3a5a3f52"
                "ce447661018ca278344c3381b836e583985cac96c2380fa0586a7bab86ca58ac"
                "8f4517b1a165adcf560c76fd"
            ),
        ),
        (WIRE, "7d000000f76e8700eefbd40002c92401"),
        (KOREAN, "2a0000003730cc00ffdfe006b1826b0f"),
        (CHINESE, "6c0000002cea56014ee4e802e9d38005"),
    ],
    ids=["brief", "English", "Korean", "Chinese"],
)
def test_fingerprints_stay_comparable_with_those_that_are_stored(text: str, stored: str) -> None:
    assert fingerprint(text).hex().startswith(stored)


@pytest.mark.parametrize("shared", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("longer", [1.0, 2.0])
def test_resemblance_of_long_texts_is_estimated_closely(shared: float, longer: float) -> None:
    size = 2_000
    errors = []
    for seed in range(20):
        common = words(int(size * shared), seed)
        one = common + words(size - len(common), 100 + seed)
        other = common + words(int(size * longer) - len(common), 200 + seed)
        estimate = resemblance(fingerprint(" ".join(one)), fingerprint(" ".join(other)))
        errors.append(estimate - shared)
    assert abs(sum(errors) / len(errors)) < 0.04
    assert max(map(abs, errors)) < 0.2


def test_resemblance_of_short_texts_is_exact() -> None:
    common = words(34, 1)
    one, other = common + words(30, 2), common + words(60, 3)
    assert resemblance(fingerprint(" ".join(one)), fingerprint(" ".join(other))) == 30 / 60


def test_a_text_far_longer_than_a_brief_may_leave_nothing_to_compare() -> None:
    assert resemblance(fingerprint(BRIEF), fingerprint(" ".join(words(50_000, 1)))) == 0


@given(TEXTS)
@example("\ud800")
@example("\ud800 ".join(map(str, range(40))))
@example("e\u0301" * 50)
def test_any_text_has_a_fingerprint_that_is_always_the_same(text: str) -> None:
    sketch = fingerprint(text)
    assert isinstance(sketch, bytes)
    assert len(sketch) % 4 == 0
    assert len(sketch) <= FULL
    assert fingerprint(text) == sketch
    assert are_copies(sketch, sketch) == bool(sketch)
    assert resemblance(sketch, sketch) == bool(sketch)


@given(TEXTS, TEXTS)
@example(WIRE, COPIES["cut after half"])
@example(WIRE, " ".join(words(3_000, 1)))
def test_comparing_is_symmetric_and_within_bounds(one: str, other: str) -> None:
    first, second = fingerprint(one), fingerprint(other)
    assert 0 <= resemblance(first, second) <= 1
    assert resemblance(first, second) == resemblance(second, first)
    assert are_copies(first, second) == are_copies(second, first)


@given(st.text(st.sampled_from("ab U.S-_'1"), max_size=300))
def test_one_character_beyond_ascii_does_not_change_the_words(text: str) -> None:
    assert fingerprint(f"{text} “") == fingerprint(text)


@given(
    st.text(st.characters(codec="utf-8"), max_size=300) | st.text("aÉ 東ไ.U\u00ad\n", max_size=300)
)
@example("soft\u00adhyphens are no ends of words " * 5)
@example("U.S. officials met " * 30)
def test_words_that_were_read_already_give_the_same_fingerprint(text: str) -> None:
    assert fingerprint(text, Words.of("", text, "en").body) == fingerprint(text)
