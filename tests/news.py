"""News of three events in the words of several papers, a reprint, and news of nothing else."""

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from desk.recompute import reindex, relate_rest
from store.client import Database
from tests.samples import draft

MONDAY = datetime(2025, 6, 16, 8, tzinfo=UTC)

_TOLD: dict[str, tuple[str, str, int, str]] = {
    "ferry fire": (
        "Harbour Post",
        "Fire breaks out aboard ferry Solvane near Marvik",
        0,
        """A fire broke out in the engine room of the ferry Solvane shortly before dawn on Monday,
        four miles off the port of Marvik, the coastguard said. All 214 passengers were led to the
        upper deck while two rescue boats came alongside.

        The captain, Ingrid Halvorsen, sent a distress call when smoke reached the car deck. Nobody
        was seriously hurt, though eleven people were treated for smoke. The ferry was towed to
        Marvik in the afternoon, where investigators went aboard.""",
    ),
    "ferry rescue": (
        "Northern Wire",
        "Passengers of burning ferry rescued off Marvik",
        3,
        """Rescue boats brought ashore 214 passengers of the ferry Solvane on Monday after smoke
        from its engine room drove them on deck off Marvik.

        Coastguard helicopters flew eleven people with smoke in their lungs to hospital. Captain
        Ingrid Halvorsen stayed aboard until tugs had taken the ferry in tow, a spokesman of the
        coastguard said, and praised a calm crew.""",
    ),
    "ferry inquiry": (
        "The Lantern",
        "Inquiry into Solvane blaze looks at fuel pipe",
        30,
        """Investigators who went aboard the ferry Solvane in Marvik suspect that a cracked fuel
        pipe started the fire in its engine room, two people close to the inquiry said on Tuesday.

        The ferry caught fire on Monday with 214 passengers. Its owner, Marvik Line, replaced
        pipes of the same kind on two other ferries last year. Captain Ingrid Halvorsen will be
        heard on Thursday, and the coastguard has handed over its recordings.""",
    ),
    "rate cut": (
        "Ledger",
        "Central bank of Torland cuts interest rates to 3.25 percent",
        5,
        """The central bank of Torland cut its key interest rate by a quarter of a point to 3.25
        percent on Monday, its first cut in two years, as inflation slowed to 2.1 percent.

        Governor Pavel Dorn said that the board was unanimous. Economists had expected the cut
        only in autumn. The crown fell against the euro, and yields of government bonds went down
        after the decision.""",
    ),
    "rate markets": (
        "Northern Wire",
        "Torland crown slides after surprise rate cut",
        7,
        """The crown lost one percent against the euro on Monday after the central bank of Torland
        surprised economists with a cut of its interest rate to 3.25 percent.

        Bonds rallied, and shares of builders rose. Inflation of 2.1 percent allowed the bank to
        act, Governor Pavel Dorn told reporters; traders now expect one more quarter point by
        winter.""",
    ),
    "rate homes": (
        "Harbour Post",
        "What the lower rate of Torland's central bank means for homes",
        28,
        """Families with a mortgage in Torland will pay about 40 crowns less a month after the
        central bank lowered its interest rate to 3.25 percent, brokers reckon.

        Governor Pavel Dorn announced the quarter point on Monday, when inflation was down to 2.1
        percent. Savers get less: two banks have cut the rates that they pay, and economists
        expect others to follow this week.""",
    ),
    "probe launch": (
        "Skywatch",
        "Comet probe Halcyon lifts off on its way to Tirell",
        10,
        """The space probe Halcyon lifted off from the Kourne spaceport on Monday evening, bound
        for the comet Tirell, which it is to reach in 2031.

        Its rocket put it on course after 47 minutes, mission control said. The probe carries a
        drill, two cameras and a lander of the size of a suitcase. Chief scientist Amara Osei said
        that the comet has ice older than the planets.""",
    ),
    "probe signal": (
        "The Lantern",
        "Halcyon sends first signal from its way to comet Tirell",
        26,
        """Mission control received the first signal of the probe Halcyon on Tuesday, a day after
        its rocket left the Kourne spaceport. Both solar panels are open.

        Halcyon will fly past Venus in 2027 and reach the comet Tirell four years later, where its
        lander is to drill for ice. It was the happiest minute of her life, chief scientist Amara
        Osei said.""",
    ),
    "probe cost": (
        "Ledger",
        "Comet mission Halcyon: what 900 million buy",
        34,
        """The probe Halcyon, which a rocket sent towards the comet Tirell on Monday, cost 900
        million crowns, a third more than planned.

        Its drill and its lander had to be built twice, says chief scientist Amara Osei. Ice of
        the comet, she says, will be worth it. The Kourne spaceport charged 120 million for the
        launch.""",
    ),
    "chess": (
        "The Lantern",
        "Teenager wins chess title with a pawn ending",
        12,
        """A girl of fifteen is the new national chess champion. Lena Brandt won the last game of
        the tournament with an ending of kings and pawns that commentators had called a draw.

        She learnt the moves from her grandfather, a retired baker, and trains before school. Her
        prize is a trophy and a place in next year's world cup.""",
    ),
    "beetle": (
        "Skywatch",
        "Botanists find unknown beetle in museum drawer",
        20,
        """A beetle that lay in a drawer of the natural history museum since 1911 belongs to a
        species nobody had described. Two botanists who were looking for seeds noticed its green
        wing cases.

        It was named after the cleaner who had kept the drawer dry during a flood. Whether any
        still live in the marshes is not known.""",
    ),
}

EVENTS = {
    "ferry": ("ferry fire", "ferry rescue", "ferry inquiry"),
    "rate": ("rate cut", "rate markets", "rate homes"),
    "probe": ("probe launch", "probe signal", "probe cost"),
}
ALONE = ("chess", "beetle")


def body(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def news(name: str, **values: Any) -> dict[str, Any]:
    """Give the draft of one of the articles; name what differs."""
    source, title, hours, text = _TOLD[name]
    at = {"published_at": MONDAY + timedelta(hours=hours), "published": None}
    return draft(**{"title": title, "source": source, "body_text": body(text), **at, **values})


def reprint(name: str, **values: Any) -> dict[str, Any]:
    """Give another paper's copy of an article: with a byline before it, and cut at the end."""
    original = news(name)
    text = "From our correspondent. " + original["body_text"].rsplit(".", 2)[0] + "."
    later = original["published_at"] + timedelta(hours=2)
    own = {"title": f"Reprint: {original['title']}", "source": "Evening Copy", "body_text": text}
    return news(name, **own | {"published_at": later} | values)


def all_news() -> dict[str, dict[str, Any]]:
    """Give every article and one reprint by its name, the oldest first."""
    drafts = {name: news(name) for name in _TOLD} | {"ferry reprint": reprint("ferry fire")}
    return dict(sorted(drafts.items(), key=lambda item: item[1]["published_at"]))


def relate_anew(db: Database) -> None:
    """Relate every article anew, as `python -m desk relate --all` does."""
    for _ in chain(reindex(db), relate_rest(db)):
        pass
