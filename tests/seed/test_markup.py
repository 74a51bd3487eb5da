from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.seed import samples
from tests.seed.samples import MAIN, read_text


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("<p>One &amp; <b>only</b>.</p>\n<p>Two.</p>", ("One & only.", "Two.")),
        ("One.<br/>Two.<BR>Three.", ("One.", "Two.", "Three.")),
        ("<script>alert('<p>')</script><style>p {}</style>Text.", ("Text.",)),
        ("<p>3 < 5 &lt;b&gt; &#128512;\0\r\nEnd.</p>", ("3 < 5 <b> 😀", "End.")),
        ("</p>After.", ("After.",)),
        ("<p></p>", ()),
        ("<p>" + "word, " * 5_000 + "<i>end</i>.", ("word, " * 5_000 + "end.",)),
        ("<p>" + "&" * 30_000, ("&" * 30_000,)),
    ],
    ids=range(8),
)
def test_encoded_markup_is_decoded_and_stripped(markup: str, paragraphs: tuple[str, ...]) -> None:
    main = read_text(samples.style_a(replace(MAIN, paragraphs=("First.", quote(markup))))).main
    assert main
    assert main.paragraphs == ("First.", *paragraphs)


def test_bad_encoding_in_markup_is_replaced() -> None:
    main = read_text(samples.style_a(replace(MAIN, paragraphs=("%3Cp%3E5% %ff%3C%2Fp%3E",)))).main
    assert main
    assert main.paragraphs == ("5% \ufffd",)
